import assert from 'node:assert/strict';
import { mask } from '../../src/syntax/mask';
import { caseRangeIn, cleanupsIn, statementAt } from '../../src/syntax/tables';
import { inFunction, itMasks, masked, parsed, squeeze } from './support';

describe('masking statements', () => {
  describe('iteration macros', () => {
    itMasks(
      {
        'become while, with a block': [
          'list_for_each_entry(p, &head, node) { use(p); }',
          'while (p, &head, node) { use(p); }',
        ],
        'become while, with one statement': ['for_each_cpu(i, mask)\n\t\tuse(i);', 'while (i, mask)\n\t\tuse(i);'],
        'nest without braces': [
          'list_for_each_entry(a, &h, n)\n\tlist_for_each_entry(b, &a->h, n)\n\t\tuse(b);',
          'while (a, &h, n)\n\twhile (b, &a->h, n)\n\t\tuse(b);',
        ],
        'nest under if and else': [
          'if (x)\n\tfor_each_set_bit(i, &m, 8)\n\t\tuse(i);\nelse\n\tfor_each_cpu(i, m) {}',
          'if (x)\n\twhile (i, &m, 8)\n\t\tuse(i);\nelse\n\twhile (i, m) {}',
        ],
        'stay calls if a semicolon follows': [
          'bus_for_each_dev(&bus, NULL, NULL, fn);',
          'bus_for_each_dev(&bus, NULL, NULL, fn);',
        ],
        'stay calls in expressions': [
          'ret = device_for_each_child(d, NULL, fn);',
          'ret = device_for_each_child(d, NULL, fn);',
        ],
        'get a condition if they have no arguments': ['for_each_thing() { use(); }', 'while (1) { use(); }'],
        'end a do': ['do { use(t); } while_each_thread(g, t);', 'do { use(t); } while (g, t);'],
        'are recognized by their place': ['skb_walk(a, b) { use(a); }', 'while (a, b) { use(a); }'],
        'are recognized by layout': ['walk_all(a)\n\tuse(a);\nnext();', 'while (a)\n\tuse(a);\nnext();'],
        'can have a type as an argument': [
          'list_for_each_type(p, struct foo *, m) { use(p); }',
          'while (p, foo , m) { use(p); }',
        ],
        'run a statement that starts with a star': ['for_each_cpu(i, m)\n\t*p = 0;', 'while (i, m)\n\t*p = 0;'],
      },
      inFunction,
    );

    it('are recorded with name and place in the side table', () => {
      const text = 'void f(void)\n{\n\tlist_for_each_entry(p, &head, node) { use(p); }\n\tif (x) y();\n}\n';
      const result = mask(text);
      const start = text.indexOf('list_for_each_entry');
      const entry = statementAt(result, start);
      assert.equal(entry?.name, 'list_for_each_entry');
      assert.equal(entry.kind, 'loop');
      assert.equal(entry.known, true);
      assert.equal(text.slice(entry.open, entry.close + 1), '(p, &head, node)');
      assert.equal(statementAt(result, text.indexOf('if (x)')), undefined);
    });

    it('are marked if only their place identifies them', () => {
      const [entry] = mask('void f(void) { walk(a) { use(a); } }').statements;
      assert.equal(entry?.known, false);
    });

    it('contain their body in the tree', async () => {
      const shape = await parsed('void f(void) { for_each_cpu(i, m) if (a) b(); c(); }');
      assert.match(shape, /while_statement .*body: \(if_statement .*\)\)\)\) \(expression_statement/);
    });
  });

  describe('guards', () => {
    itMasks(
      {
        'become if': ['scoped_guard(mutex, &lock) { use(); }', 'if (mutex, &lock) { use(); }'],
        'become if before one statement': ['scoped_guard(rcu)\n\tuse();', 'if (rcu)\n\tuse();'],
        'lose the statement that runs if the lock cannot be taken': [
          'scoped_cond_guard(mutex_intr, return -EINTR, &lock) { use(); }',
          'if (mutex_intr , &lock) { use(); }',
        ],
        'as a declaration stay a call of a call': ['guard(mutex)(&lock);', 'guard(mutex)(&lock);'],
      },
      inFunction,
    );

    it('record that statement in the side table', () => {
      const text = 'void f(void) { scoped_cond_guard(mutex_intr, return -EINTR, &lock) { use(); } }';
      const [entry] = mask(text).statements;
      assert.equal(entry?.kind, 'guard');
      assert.equal(text.slice(entry?.fail?.start, entry?.fail?.end), 'return -EINTR');
    });
  });

  describe('cleanup attributes', () => {
    it('are blanked, and recorded with their argument', async () => {
      const text = 'void f(void)\n{\n\tstruct foo *p __free(kfree) = g(), *q __free( put_foo ) = NULL;\n}\n';
      const result = mask(text);
      assert.match(squeeze(result.masked), /struct foo \*p = g\(\), \*q = NULL;/);
      assert.deepEqual(
        cleanupsIn(result, 0, text.length).map(({ argument }) => argument),
        ['kfree', 'put_foo'],
      );
      assert.equal(text.slice(result.cleanups[0]?.start, result.cleanups[0]?.end), '__free(kfree)');
      await parsed(text);
    });

    it('are ordinary names as members', () => {
      assert.equal(masked('void f(void) { ops->__free(p); }'), 'void f(void) { ops->__free(p); }');
    });
  });

  describe('case ranges', () => {
    itMasks(
      {
        'lose their upper end': [
          'switch (x) { case 1 ... 3: a(); case A ... B(2): b(); }',
          'switch (x) { case 1 : a(); case A : b(); }',
        ],
        'stay in designators': ['int a[] = { [0 ... 3] = 1 };', 'int a[] = { [0 ... 3] = 1 };'],
      },
      inFunction,
    );

    it('record it in the side table', () => {
      const text = 'void f(void) { switch (x) { case 1 ... MAX - 1: a(); break; case 9: b(); } }';
      const result = mask(text);
      const colon = text.indexOf(':');
      assert.equal(caseRangeIn(result, text.indexOf('case 1'), colon)?.high, 'MAX - 1');
      assert.equal(caseRangeIn(result, text.indexOf('case 9'), text.length), undefined);
    });
  });

  describe('macros in place of statements', () => {
    itMasks(
      {
        'get their missing semicolon': ['\tTRACE(x)\n\tuse();', '\tTRACE(x)\n;use();'],
        'get it before else': ['if (x)\n\tTRACE(a)\nelse\n\tuse();', 'if (x)\n\t a;\nelse\n\tuse();'],
        'get it at the end of a block': ['TRACE(x)', ' x;'],
        'lose a static': ['static DEFINE_RATELIMIT_STATE(rs, 5 * HZ, 10);', ' DEFINE_RATELIMIT_STATE(rs, 5 * HZ, 10);'],
        'become a variable before an initializer': ['DECLARE_BITMAP(map, 8) = { 0 };', 'int X = { 0 };'],
        'can be a type': ['TYPE(a, 3) name;', 'TYPE name;'],
        'are replaced by the statements that they contain': ['DEBUG(if (a) { b(); });', ' {if (a) { b(); }};'],
        'are replaced by one statement without its semicolon': ['DEBUG(if (a) b());', ' if (a) b() ;'],
        'are blanked if they are not calls': [
          'switch (x) {\nMORE_CASES\ndefault: a(); }',
          'switch (x) {\n\ndefault: a(); }',
        ],
        'are blanked before a label': ['FINISH\nout:\n\treturn;', '\nout:\n\treturn;'],
      },
      inFunction,
    );
  });

  it('gives computed gotos a placeholder label', () => parsed('void f(void) { goto *table[i]; }'));

  it('leaves labels, ternaries and real loops unchanged', () => {
    const text =
      'void f(void)\n{\nagain:\n\tx = a ? b : c;\n\tfor (i = 0; i < n; i++)\n\t\twhile (g(i)) { h(); }\n\tdo { k(); } while (z);\n}\n';
    assert.equal(masked(text), text);
  });
});
