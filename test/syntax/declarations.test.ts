import assert from 'node:assert/strict';
import { mask } from '../../src/syntax/mask';
import { itMasks, masked, parsed } from './support';

describe('masking declarations', () => {
  describe('attributes', () => {
    itMasks({
      'of functions': ['static int __init f(void) { }', 'static int f(void) { }'],
      'with arguments': ['__printf(1, 2) int f(const char *s, ...);', ' int f(const char *s, ...);'],
      'of pointers': ['static void __iomem *base;\nlong f(char __user *p);', 'static void *base;\nlong f(char *p);'],
      'of members': ['struct s { int n; u8 d[] __counted_by(n); } __packed;', 'struct s { int n; u8 d[] ; } ;'],
      'between struct and name': ['struct __packed s { int a; };', 'struct s { int a; };'],
      'after a struct': ['struct s { int a; } PACKED s_t;', 'struct s { int a; } s_t;'],
      'after parameters': [
        'int f(void) __must_hold(&lock)\n{ }\nint g(void) ODD_ATTR;',
        'int f(void)\n{ }\nint g(void) ;',
      ],
      'after an array': ['static int t[4] SOME_ALIGNMENT = { 1 };', 'static int t[4] = { 1 };'],
      'that are not in the word list': [
        'STATIC_ATTR int f(void) { }\nstatic u32 ODD g(void) { }',
        ' int f(void) { }\nstatic u32 g(void) { }',
      ],
      'of GCC': ['static int __attribute__((unused, aligned(8))) x;', 'static int x;'],
    });

    it('are ordinary names as members and as arrays', () => {
      const text = 'struct s { int __cold[4]; };\nvoid f(struct s *p) { p->__init = 1; }\n';
      assert.equal(masked(text), text);
    });
  });

  describe('macros at file scope', () => {
    itMasks({
      'are blanked, with their specifiers': ['static DEFINE_SPINLOCK(lock);\nint x;', ' \nint x;'],
      'are blanked without a semicolon': ['EXPORT_SYMBOL(a)\nint f(void) { }', ' \nint f(void) { }'],
      'are blanked with any arguments': [
        'MODULE_AUTHOR("a");\nTRACE(a, TP_ARGS(b), if (c) d);\nint x;',
        ' \n \nint x;',
      ],
      'can declare a variable': ['static DEFINE_PER_CPU(struct a, b) = { .c = 1 };', ' int X = { .c = 1 };'],
      'can be a type': ['TYPE_OF(x) f(void) { }', 'TYPE_OF f(void) { }'],
      'can head a function': ['DEFINE_HANDLER(my_irq)\n{ }', 'int my_irq()\n{ }'],
      'can head a function, with arguments': ['SHOW(name, "s", 3)\n{ }', 'int name( )\n{ }'],
      'can be a typedef': [
        'typedef LIST(a, b) list_t;\ntypedef DECLARE_BITMAP(map_t, 8);',
        'typedef LIST list_t;\ntypedef long map_t ;',
      ],
      'are not confused with function pointers': ['u64 (*read)(void) = f;', 'u64 (*read)(void) = f;'],
    });

    it('are recorded in the side table', () => {
      const text = 'static DEFINE_MUTEX(lock);\nmodule_init(start);\n';
      const result = mask(text);
      assert.deepEqual(
        result.declarations.map(({ name, arguments: { start, end } }) => [name, text.slice(start, end)]),
        [
          ['DEFINE_MUTEX', 'lock'],
          ['module_init', 'start'],
        ],
      );
    });
  });

  describe('system calls', () => {
    itMasks({
      'become functions': [
        'SYSCALL_DEFINE2(pair, int, fd, char __user *, p)\n{ }',
        'long pair( int fd, char * p)\n{ }',
      ],
      'can have no parameters': ['SYSCALL_DEFINE0(none)\n{ }', 'long none()\n{ }'],
    });
  });

  describe('struct members', () => {
    itMasks(
      {
        'from known macros': [
          'DECLARE_FLEX_ARRAY(struct a, items);\nDECLARE_BITMAP(map, 8);',
          ' struct a items ;\nlong map ;',
        ],
        'from unknown macros': ['ODD_MEMBER(a, b);\nint c;', ' \nint c;'],
        'in groups': ['struct_group(pair, int a; int b; );\nint c;', ' int a; int b; \nint c;'],
        'in tagged groups': ['struct_group_tagged(t, pair, int a; );', ' int a; '],
        'of types from macros': ['LIST_OF(a) b;\nLIST_OF(, a) *c;', 'LIST_OF b;\nLIST_OF *c;'],
        'that point to functions': ['irqreturn_t (*isr)(int, void *);', 'irqreturn_t (*isr)(int, void *);'],
        'without a name': [
          'u8 :3;\nint a:1, :2, b:1;\nunsigned int c:1, :3;',
          'u8 ;\nint a:1, b:1;\nunsigned int c:1 ;',
        ],
        'pasted from two names': ['u8 PAIR(a:4, b:4);', 'u8 PAIR ;'],
        'with a superfluous semicolon': ['int a;;\nint b;', 'int a; \nint b;'],
        'before a macro for more members': ['int a;\nMORE_MEMBERS', 'int a;\n'],
      },
      'struct s {\n%\n};\n',
    );
  });

  describe('enumerators', () => {
    itMasks(
      {
        'from macros': ['A, LIST(X) B', 'A, B'],
        'with a computed name': ['CODE(1) = 3,\nCODE(2) = 4', 'CODE = 3,\nCODE = 4'],
      },
      'enum e { % };\n',
    );
  });

  it('leaves functions without macros unchanged', async () => {
    const text = `
/* A driver. */
static const struct of_device_id ids[] = { { .compatible = "a,b" }, { } };
static struct driver drv = { .probe = probe, .id_table = ids, };
static int probe(struct device *dev, const struct id *id)
{
	struct priv *priv = devm_kzalloc(dev, sizeof(*priv), GFP_KERNEL);
	int (*fn)(struct device *, unsigned int) = NULL;
	unsigned long flags = (unsigned long)(void *)dev;

	if (!priv || dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)))
		return -ENOMEM;
	return fn(dev, (u32)(flags & 0xff));
}
`;
    assert.equal(masked(text), text);
    await parsed(text);
  });
});
