import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cachedCorpus, ensureCorpus } from '../../scripts/corpus';

describe('kernel sources', () => {
  const before = { ...process.env };
  let cache = '';

  beforeEach(() => {
    cache = mkdtempSync(path.join(tmpdir(), 'corpus-'));
    process.env.XDG_CACHE_HOME = cache;
  });

  afterEach(() => {
    Object.assign(process.env, { PATH: before.PATH });
    if (before.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before.XDG_CACHE_HOME;
    rmSync(cache, { recursive: true });
  });

  const have = (...names: string[]): void => {
    for (const name of names) mkdirSync(path.join(cache, 'coco-dma', name), { recursive: true });
  };

  it('come from the cache, the newest version first', () => {
    assert.equal(cachedCorpus(), undefined);
    have('linux-6.12.9-1', 'linux-6.12.117-1~deb12u1', 'linux-6.12.200-1-whole', 'oracle');
    assert.equal(cachedCorpus()?.version, '6.12.117-1~deb12u1');
    assert.equal(cachedCorpus({ whole: true })?.version, '6.12.200-1');
  });

  it('come from the cache if apt is missing', async () => {
    process.env.PATH = '/nonexistent';
    have('linux-6.12.117-1~deb12u1');
    assert.equal((await ensureCorpus()).root, path.join(cache, 'coco-dma', 'linux-6.12.117-1~deb12u1'));
  });

  it('report a failed download in one line and leave no files behind', async () => {
    process.env.PATH = '/nonexistent';
    await assert.rejects(ensureCorpus(), {
      message: 'kernel sources: apt-cache is not installed',
    });
    assert.deepEqual(readdirSync(path.join(cache, 'coco-dma')), []);
  });
});
