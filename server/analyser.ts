import type { CancellationToken, TextDocuments } from 'vscode-languageserver';
import {
  decide,
  type CheckRequest,
  type CheckResult,
  type Engine,
  type KernelVersion,
  type Needs,
} from '../src/engine';
import { answer } from '../src/host';
import { isReady, isRelevant, type OpenDocument } from './documents';
import type { Platform } from './platform';
import type { DocumentSettings, SettingsStore } from './settings';
import { adopt } from './shown';
import type { EditorTexts } from './snapshot';
import { createTargets, type Target } from './targets';

/** Asks the engine about documents. The open drivers of a kernel tree are analyzed together. */
export interface Analyser {
  /**
   * Updates what is shown for a document and for those that are analyzed with it. Returns the updated documents: none if the
   * document was up to date, must not be analyzed now, or the request was canceled.
   */
  refresh(document: OpenDocument, token?: CancellationToken): Promise<readonly OpenDocument[]>;
  /** Asks the engine about one document, open or not. */
  ask<Answer extends object>(
    path: string,
    uri: string,
    question: (engine: Engine, request: CheckRequest) => Answer | Needs,
  ): Promise<Exclude<Answer, Needs>>;
  /** Why a document is not analyzed at all, or null. */
  whyOff(document: OpenDocument): Promise<string | null>;
  /** The kernel profile for a document. */
  kernelOf(path: string, uri: string): Promise<KernelVersion>;
  /** Frees the memory of a closed document. */
  forget(path: string): void;
}

export interface AnalyserParts {
  readonly documents: TextDocuments<OpenDocument>;
  readonly settings: SettingsStore;
  readonly platform: Platform;
  readonly texts: EditorTexts;
  /** Called once per tree whose kernel has no profile of its own. */
  note(message: string): void;
  /** Shows progress of long work; call the result to end it. */
  announce(what: string): Promise<() => void>;
}

/** Lets pending edits and cancellations be handled first. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Creates an analyzer. The engine starts on first use. */
export function createAnalyser({ documents, settings, platform, texts, note, announce }: AnalyserParts): Analyser {
  let starting: Promise<Engine> | null = null;
  const engine = (): Promise<Engine> => (starting ??= platform.startEngine());
  const choose = createTargets(platform, note);
  const warm = new Set<string | null>();

  async function whyOff(document: OpenDocument): Promise<string | null> {
    if (!isRelevant(document)) return 'no DMA, device or swiotlb function in this file';
    const { maxFileSize } = await settings.of(document.uri);
    const size = Buffer.byteLength(document.text.getText());
    return size > maxFileSize ? `larger than cocoDma.maxFileSize (${maxFileSize} bytes)` : null;
  }

  /** The open drivers of a target, in a fixed order. */
  async function companions({ tree, kernel, kconfig }: Target): Promise<OpenDocument[]> {
    const found: OpenDocument[] = [];
    for (const each of documents.all()) {
      if ((await whyOff(each)) !== null) continue;
      const target = choose(each.path, await settings.of(each.uri));
      if (target.tree === tree && target.kernel === kernel && target.kconfig === kconfig) found.push(each);
    }
    return found.filter(isOpen).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  const isOpen = (document: OpenDocument): boolean => documents.get(document.uri) === document;
  const request = (target: Target, files: readonly string[]): CheckRequest => ({
    files,
    context: texts.around(files, target.tree, target.trust),
    snapshot: texts,
    ...target,
  });

  /** Runs an analysis, with progress if it is the first one in a tree and has to read headers. */
  async function firstTime<Result>(tree: string | null, run: () => Result): Promise<Result> {
    if (warm.has(tree)) return run();
    const done = await announce(tree === null ? 'Reading the driver' : `Reading headers in ${tree}`);
    warm.add(tree);
    try {
      return run();
    } finally {
      done();
    }
  }

  return {
    whyOff,
    async refresh(document, token) {
      const chosen = await settings.of(document.uri);
      if (!isReady(document, chosen.run) || (await whyOff(document)) !== null) return [];
      const target = choose(document.path, chosen);
      const started = await engine();
      await breathe();
      const group = await companions(target);
      const chosenFor = new Map<OpenDocument, DocumentSettings>();
      for (const each of group) chosenFor.set(each, await settings.of(each.uri));
      // nothing below is asynchronous, so all texts are from the same moment
      return firstTime(target.tree, () => {
        const open = group.filter(isOpen);
        if (token?.isCancellationRequested || document.due === null || !open.includes(document)) return [];
        const files = open.map(({ path }) => path);
        const result = answer((each: CheckRequest) => started.check(each), request(target, files), texts);
        return open.filter((each) => show(each, result, chosenFor.get(each) ?? chosen));
      });
    },
    async ask(path, uri, question) {
      const target = choose(path, await settings.of(uri));
      const started = await engine();
      await breathe();
      const files = (await companions(target)).map((each) => each.path);
      return firstTime(target.tree, () => {
        const asked = request(target, files.includes(path) ? files : [path]);
        return answer((each: CheckRequest) => question(started, each), asked, texts);
      });
    },
    kernelOf: async (path, uri) => choose(path, await settings.of(uri)).kernel,
    forget(path) {
      starting?.then((started) => started.forget(path)).catch(() => undefined);
    },
  };
}

/** Updates what is shown for a document that waits for a result. False if it does not wait. */
function show(document: OpenDocument, result: CheckResult, { run, policy }: DocumentSettings): boolean {
  if (!isReady(document, run)) return false;
  const { path, text, due } = document;
  const settled = due === 'save' || due === 'demand';
  document.shown = adopt(
    document.shown,
    { path, text: text.getText(), version: text.version, settled },
    decide(result, [path], policy),
  );
  document.due = null;
  return true;
}
