import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, truncateSync } from 'node:fs';
import path from 'node:path';
import {
  answer,
  createContext,
  createTexts,
  findTree,
  profileFor,
  readGrammar,
  failureText,
  readSource,
  readTreeVersion,
  recognise,
  tokenFilter,
  type Texts,
  walkSources,
} from '../../src/host';
import { defaultKernelVersion } from '../../src/engine';
import { makeFolder } from './temporary';

const failureOf = (file: string): string => {
  const result = readSource(file);
  return 'failure' in result ? `${result.failure.kind}: ${failureText(result.failure, 'C source')}` : 'read';
};

describe('reading sources', () => {
  it('decodes UTF-8, and Latin-1 where it is none', () => {
    const folder = makeFolder({ 'a.c': 'int é;', 'b.c': Uint8Array.from([0x2f, 0x2f, 0xe9, 0x0a]) });
    assert.deepEqual(readSource(path.join(folder, 'a.c')), { text: 'int é;', bytes: 7 });
    assert.deepEqual(readSource(path.join(folder, 'b.c')), { text: '//é\n', bytes: 4 });
  });

  it('says why a file cannot be read', () => {
    const folder = makeFolder({ 'blob.c': Uint8Array.from([1, 0, 2]), 'big.c': '', 'f/x.c': '' });
    truncateSync(path.join(folder, 'big.c'), 51 * 1024 * 1024);
    execFileSync('mkfifo', [path.join(folder, 'pipe.c')]);
    assert.equal(failureOf(path.join(folder, 'none.c')), 'missing: no such file or directory');
    assert.equal(failureOf(path.join(folder, 'f')), 'folder: is a directory');
    assert.equal(failureOf(path.join(folder, 'blob.c')), 'binary: binary file, not C source');
    assert.equal(failureOf(path.join(folder, 'big.c')), 'too-large: too large: 51 MB, the limit is 50 MB');
    assert.equal(failureOf(path.join(folder, 'pipe.c')), 'not-a-file: not a regular file');
  });
});

describe('walking a folder', () => {
  it('finds C files in a fixed order, by token, without version control and without going in circles', () => {
    const folder = makeFolder({
      'b/z.c': 'dma_map_page',
      'b/Z.h': 'dma_map_page',
      'a.c': 'no token',
      'c.c': 'struct device',
      'notes.txt': 'dma_map_page',
      '.git/x.c': 'dma_map_page',
    });
    symlinkSync(folder, path.join(folder, 'b', 'loop'));
    const { files, seen, problems } = walkSources(folder, tokenFilter(['dma_', 'struct device']));
    assert.deepEqual(
      files.map((file) => path.relative(folder, file)),
      ['b/Z.h', 'b/z.c', 'c.c'],
    );
    assert.equal(seen, 4);
    assert.deepEqual(problems, []);
  });

  it('reports a folder that it cannot list', () => {
    const { files, problems } = walkSources(path.join(makeFolder({}), 'gone'), tokenFilter(['dma_']));
    assert.deepEqual(files, []);
    assert.deepEqual(problems[0]?.failure, { kind: 'missing' });
  });
});

describe('the kernel tree', () => {
  const folder = makeFolder({
    'include/linux/device.h': '',
    Makefile: '# SPDX\nVERSION = 6\nPATCHLEVEL = 14\nSUBLEVEL = 0\n',
    'drivers/hv/a.c': '',
  });

  it('is the nearest folder with include/linux', () => {
    assert.equal(findTree(path.join(folder, 'drivers/hv/a.c')), folder);
    assert.equal(findTree(path.join(folder, '..')), null);
  });

  it('names its version in the Makefile', () => {
    assert.deepEqual(readTreeVersion(folder), { version: 6, patchlevel: 14 });
    assert.equal(readTreeVersion(path.join(folder, 'drivers')), null);
  });

  describe('and its contents', () => {
    const whole = 'DMA_ATTR_SKIP_CPU_SYNC dma_map_phys DMA_ATTR_CC_SHARED';
    const recognised = (makefile: string | null, header: string) =>
      recognise(
        makeFolder({
          'include/linux/dma-mapping.h': header,
          ...(makefile === null ? {} : { Makefile: makefile }),
        }),
      );
    const linux72 = 'VERSION = 7\nPATCHLEVEL = 2\n';
    const linux73 = 'VERSION = 7\nPATCHLEVEL = 3\n';

    it('agree', () => {
      assert.deepEqual(recognised(linux72, whole), { kernel: '7.2', reason: 'Makefile says 7.2', note: null });
    });

    it('raise the profile by a backport', () => {
      const { kernel, reason, note } = recognised(linux72, `${whole} __DMA_ATTR_ALLOC_CC_SHARED`);
      const file = 'include/linux/dma-mapping.h';
      assert.equal(reason, `Makefile says 7.2, but ${file} has __DMA_ATTR_ALLOC_CC_SHARED (Linux 7.3)`);
      assert.deepEqual([kernel, note], ['7.3', `${reason}; using 7.3`]);
      assert.equal(recognised(null, '__DMA_ATTR_ALLOC_CC_SHARED').kernel, '7.3');
    });

    it('lower the profile where a whole header lacks a word', () => {
      assert.equal(recognised(linux73, whole).kernel, '7.2');
      assert.match(recognised(linux73, whole).reason, /^Makefile says 7\.3, but .* lacks __DMA_ATTR_ALLOC_CC_SHARED/);
      assert.equal(recognised(linux73, 'DMA_ATTR_SKIP_CPU_SYNC dma_map_phys').kernel, '6.19');
      assert.equal(recognised(linux73, 'dma_map_phys').kernel, '7.3', 'half a header says nothing');
    });

    it('leave the default where they say nothing', () => {
      assert.equal(recognised(null, '').kernel, defaultKernelVersion);
      assert.equal(recognise(null).kernel, defaultKernelVersion);
    });
  });

  it('is taken to the nearest older profile, and that is said', () => {
    const profiles = ['6.1', '6.12', '7.1'] as const;
    assert.deepEqual(profileFor({ version: 6, patchlevel: 12 }, profiles), { kernel: '6.12', note: null });
    assert.equal(profileFor({ version: 6, patchlevel: 14 }, profiles).kernel, '6.12');
    assert.match(profileFor({ version: 6, patchlevel: 14 }, profiles).note ?? '', /6\.14; using 6\.12/);
    assert.equal(profileFor({ version: 5, patchlevel: 15 }, profiles).kernel, '6.1');
    assert.equal(profileFor({ version: 8, patchlevel: 0 }, profiles).kernel, '7.1');
  });
});

describe('answering what the engine needs', () => {
  it('loads what is missing, absent files too, and asks again', () => {
    const folder = makeFolder({ 'a.c': 'x', 'a.h': 'y' });
    const [file, header, absent] = ['a.c', 'a.h', 'none.h'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const disk = createTexts();
    const texts: Texts = { ...disk, read: (name) => (disk.has(name) ? disk.read(name) : undefined) };
    const asked: string[][] = [];
    const engine = (): { seen: (string | null | undefined)[] } | { needs: string[] } => {
      const needs = [file, header, absent].filter((name) => texts.read(name) === undefined).slice(0, 2);
      asked.push(needs);
      return needs.length ? { needs } : { seen: [texts.read(file), texts.read(absent)] };
    };
    assert.deepEqual(answer(engine, null, texts), { seen: ['x', null] });
    assert.deepEqual(asked, [[file, header], [absent], []]);
  });

  it('does not ask for ever', () => {
    const texts = createTexts();
    texts.set('a.c', '');
    assert.throws(() => answer(() => ({ needs: ['a.c'] }), null, texts), /repeatedly asks for a\.c/);
  });
});

describe('the files around a file', () => {
  it('are the sources beside it and those of the bus code that speak of DMA or devices', () => {
    const tree = makeFolder({
      'include/linux/device.h': '',
      'drivers/net/own.c': 'dma_map_single(',
      'drivers/net/helper.c': 'dma_map_single(',
      'drivers/net/helper.h': 'dma_map_single(',
      'drivers/net/other.c': 'int x;',
      'drivers/hv/bus.c': 'device_register(',
      'drivers/scsi/far.c': 'dma_map_single(',
    });
    const context = createContext();
    const around = (): string[] =>
      context.around([`${tree}/drivers/net/own.c`], tree).map((file) => path.relative(tree, file));
    assert.deepEqual(around(), ['drivers/net/helper.c', 'drivers/hv/bus.c']);
    rmSync(`${tree}/drivers/hv/bus.c`);
    assert.deepEqual(around(), ['drivers/net/helper.c', 'drivers/hv/bus.c']);
    context.drop(`${tree}/drivers/hv/bus.c`);
    assert.deepEqual(around(), ['drivers/net/helper.c']);
  });

  it('are none for a file that lies nowhere', () => {
    assert.deepEqual(createContext().around(['nowhere/a.c'], null), []);
  });
});

describe('the grammar', () => {
  it('is found without a build', () => {
    const { runtime, language } = readGrammar();
    for (const bytes of [runtime, language]) assert.deepEqual([...bytes.subarray(0, 4)], [0, 0x61, 0x73, 0x6d]);
  });
});
