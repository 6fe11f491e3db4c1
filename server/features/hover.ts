import { MarkupKind, type Hover, type HoverParams } from 'vscode-languageserver';
import type { Inspection, Note } from '../../src/engine';
import { isRelevant, type OpenDocument } from '../documents';
import { indexLines, rangeIn } from '../positions';
import { hoverMarkdown, hoverText, type HoverLinks } from '../render/hover';
import type { Session } from '../session';

const commandLink = (label: string, command: string, args: readonly unknown[]): string =>
  `[${label}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`;

/** Links of a hover: commands if the client supports them, else the rule's page. */
function linksFor(
  { rule }: Inspection,
  document: OpenDocument,
  { position }: HoverParams,
  { client, platform }: Session,
): HoverLinks {
  const { simulate, explain } = client.options.links ?? {};
  const page = rule === null ? null : platform.rulePage(rule);
  const label = rule === null ? '' : `Rule ${rule}`;
  return {
    simulate: simulate ? commandLink('Simulate', simulate, [document.uri, position]) : '',
    explain: rule !== null && explain ? commandLink(label, explain, [rule]) : page ? `[${label}](${page})` : '',
    place: (note: Note) => `${platform.toUri(note.file)}#L${note.line}`,
  };
}

/** Hover: the state of the device, flag or pool at the cursor, before and after the line. */
export function provideHover(session: Session): void {
  const { analyser, client, connection, documents } = session;
  connection.onHover(async (params, token): Promise<Hover | null> => {
    const document = documents.get(params.textDocument.uri);
    if (!document || !isRelevant(document) || (await analyser.whyOff(document)) !== null) return null;
    const { path, uri } = document;
    const lines = indexLines(document.text.getText());
    const position = lines.positionOf(document.text.offsetAt(params.position));
    const { version } = document.text;
    const { inspection } = await analyser.ask(path, uri, (engine, request) => engine.inspect(request, path, position));
    if (inspection === null || token.isCancellationRequested || document.text.version !== version) return null;
    const { start, end } = inspection.range;
    return {
      range: rangeIn(document.text, lines.offsetOf(start), lines.offsetOf(end)),
      contents: client.markdown
        ? {
            kind: MarkupKind.Markdown,
            value: hoverMarkdown(inspection, linksFor(inspection, document, params, session)),
          }
        : { kind: MarkupKind.PlainText, value: hoverText(inspection) },
    };
  });
}
