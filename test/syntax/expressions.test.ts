import { inFunction, itMasks } from './support';

describe('masking expressions', () => {
  describe('types as arguments', () => {
    itMasks(
      {
        'lose struct': ['p = container_of(q, struct a, m);', 'p = container_of(q, a, m);'],
        'lose stars and const': ['p = alloc_percpu(const struct a * const *);', 'p = alloc_percpu( a );'],
        'keep their last word': ['n = min_t(unsigned long long, a, b);', 'n = min_t( long, a, b);'],
        'are kept where the grammar allows them': [
          'n = sizeof(struct a) + offsetof(struct a, b) + (unsigned long)(struct a *)p;',
          'n = sizeof(struct a) + offsetof(struct a, b) + (unsigned long)(struct a *)p;',
        ],
        'are kept as typeof': ['p = container_of(q, typeof(*p), m);', 'p = container_of(q, typeof(*p), m);'],
      },
      inFunction,
    );
  });

  describe('other arguments', () => {
    itMasks(
      {
        'that are missing': ['M(a, , b);\nM(, a);\nM(a, );', 'M(a, b);\nM( a);\nM(a );'],
        'that are operators': ['M(a, <=, b);\nM(a, +);', 'M(a, b);\nM(a );'],
        'that are statements': [
          'wait_event_cmd(q, x, unlock(l); a(), lock(l));',
          'wait_event_cmd(q, x, unlock(l), a(), lock(l));',
        ],
        'that jump': [
          'CHECK(x, return -EINVAL);\nCHECK(x, goto out);\nout: ;',
          'CHECK(x, -EINVAL);\nCHECK(x, out);\nout: ;',
        ],
        'that are lists': ['M({1, 2,}, { .a = {3}, .b = x }, y);', 'M((1, 2 ), ( a = (3), b = x ), y);'],
        'that are missing in a call in a call': ['a(b(c, ), d(e, , f), );', 'a(b(c ), d(e, f) );'],
        'that are designators': ['CONFIG(.a = 1, .b = 2);', 'CONFIG( a = 1, b = 2);'],
        'that are not valid numbers': ['SPEED(100baseT);\nRATE(1.5Gbps);', 'SPEED(_00baseT);\nRATE(__5Gbps);'],
      },
      inFunction,
    );
  });

  describe('strings', () => {
    itMasks(
      {
        'with a macro in between': ['p("a" FMT "b");', 'p("a" FMT "b");'],
        'after two macros': ['printk(KERN_ERR PFX "a");', 'printk( PFX "a");'],
        'with a macro call in between': ['p("a" __stringify(X) "b");', 'p("a" "b");'],
        'after a macro call': ['p(NAME("x") "b");', 'p( "b");'],
        'that contain code': ['p("for_each_cpu(i, m) { __init #if 0");', 'p("for_each_cpu(i, m) { __init #if 0");'],
      },
      inFunction,
    );
  });

  describe('typeof, offsetof and alignof', () => {
    itMasks(
      {
        'in declarations': [
          'typeof(*p) q = *p;\nconst __typeof__(p) r = p;',
          'typeof q = *p;\nconst __typeof__ r = p;',
        ],
        'in casts': ['x = (typeof(x))y;', 'x = (typeof )y;'],
        'offsets of nested members': ['n = offsetof(struct a, b.c[2]);', 'n = offsetof(struct a, b );'],
        'alignment of a value': ['n = __alignof__(*p);', 'n = sizeof (*p);'],
      },
      inFunction,
    );
  });

  describe('inline assembly', () => {
    itMasks(
      {
        'in the form that the grammar accepts': [
          'asm volatile("nop" : "=r" (x) : [y] "r" (y) : "memory");',
          'asm volatile("nop" : "=r" (x) : [y] "r" (y) : "memory");',
        ],
        'with macros in the template': ['asm volatile(ALT("a", X) "b" : "=r" (x));', 'asm volatile("" : "=r" (x));'],
        'with macros among the operands': ['asm_inline volatile(CALL : OUTPUT(x) : "r" (y));', 'asm volatile("" );'],
        'that names a register': ['register long r asm("r0") = 1;', 'register long r = 1;'],
      },
      inFunction,
    );
  });

  describe('initializers', () => {
    itMasks({
      'with macros that include their comma': ['int a[] = { ONE(1) TWO(2) 3 };', 'int a[] = { 3 };'],
      'with directives inside': ['int a[] = {\n#define X 1\n\t1,\n#include "list.h"\n};', 'int a[] = {\n\n\t1,\n\n};'],
    });
  });
});
