import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  type Location,
} from 'vscode-languageserver';
import type { Level } from '../../src/engine';
import { fullMessage } from '../../src/report';
import type { Client } from '../client';
import type { OpenDocument } from '../documents';
import type { Platform } from '../platform';
import { rangeIn, toLspRange } from '../positions';
import type { ShownFinding, ShownNote } from '../shown';

const severities: Readonly<Record<Level, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};

interface Surroundings {
  readonly client: Client;
  readonly platform: Platform;
}

/** Rules about code that does nothing; editors gray it out. */
const withoutEffect = new Set(['disable-no-effect']);

function place({ note, mark }: ShownNote, { uri, text }: OpenDocument, platform: Platform): Location {
  if (mark) return { uri, range: rangeIn(text, mark.start, mark.end) };
  return { uri: platform.toUri(note.file), range: toLspRange({ start: note, end: note.end ?? note }) };
}

/** The message of one step of the evidence, numbered when there are several. */
const stepMessage = (message: string, index: number, steps: number): string =>
  steps > 1 ? `${index + 1}. ${message}` : message;

function related(
  { finding, notes }: ShownFinding,
  document: OpenDocument,
  platform: Platform,
): DiagnosticRelatedInformation[] {
  const steps = finding.evidence.length;
  return notes.map((each, index) => ({
    location: place(each, document, platform),
    message: index < steps ? stepMessage(each.note.message, index, steps) : each.note.message,
  }));
}

/** The related places as lines of the message, for a client without a list of them. */
const asLines = (places: readonly DiagnosticRelatedInformation[]): string =>
  places
    .map(({ location: { uri, range }, message }) => {
      const name = decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
      return `\n${name}:${range.start.line + 1}: ${message}`;
    })
    .join('');

/** Converts a shown finding to a diagnostic that the client supports. */
export function toDiagnostic(
  shown: ShownFinding,
  document: OpenDocument,
  { client, platform }: Surroundings,
): Diagnostic {
  const { finding, mark } = shown;
  const places = related(shown, document, platform);
  const page = client.codeDescription ? platform.rulePage(finding.rule) : null;
  return {
    range: rangeIn(document.text, mark.start, mark.end),
    severity: severities[finding.level],
    source: 'coco-dma',
    code: finding.rule,
    message: fullMessage(finding) + (client.relatedInformation ? '' : asLines(places)),
    data: finding.fingerprint,
    ...(page === null ? {} : { codeDescription: { href: page } }),
    ...(client.relatedInformation ? { relatedInformation: places } : {}),
    ...(client.tags && withoutEffect.has(finding.rule) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

/** A remark on a suppression, grayed out where the client supports it. */
export function remarkDiagnostic(
  shown: ShownNote,
  document: OpenDocument,
  { client, platform }: Surroundings,
): Diagnostic {
  return {
    range: place(shown, document, platform).range,
    severity: DiagnosticSeverity.Hint,
    source: 'coco-dma',
    code: 'suppression',
    message: shown.note.message,
    ...(client.tags ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}
