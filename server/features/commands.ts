import { ErrorCodes, ResponseError } from 'vscode-languageserver';
import { serverCommands, statusText, type CheckReply, type Reply } from '../../src/protocol';
import { count } from '../../src/report';
import { announce } from '../progress';
import type { Session } from '../session';
import type { Diagnostics } from './diagnostics';
import { explainRule } from './explain';
import { readUri, simulateDevice, simulateFile } from './simulate';
import { statusOf } from './status';

type Run = (args: readonly unknown[], session: Session) => Reply | Promise<Reply>;

function checkNow(diagnostics: Diagnostics): Run {
  return async ([target], session): Promise<CheckReply> => {
    const document = session.documents.get(readUri(target, 'checkFile'));
    if (!document) throw new ResponseError(ErrorCodes.InvalidParams, 'checkFile needs the URI of an open document');
    await diagnostics.demand(document);
    const data = await statusOf(document, session);
    const why = data.reasons.length > 0 ? `: ${data.reasons.join('; ')}` : '';
    const found = data.kind === 'off' ? '' : ` ${count(data.findings, 'finding')}.`;
    const markdown = `${statusText[data.kind]}${why}.${found}`;
    return { found: data.kind !== 'off', title: 'Check', markdown, data };
  };
}

/** Commands that any editor can call. Arguments may come from a user's configuration, so each is checked. */
export function provideCommands(session: Session, diagnostics: Diagnostics): void {
  const runs: Readonly<Record<string, Run>> = {
    [serverCommands.simulateFile]: simulateFile,
    [serverCommands.simulateDevice]: simulateDevice,
    [serverCommands.explainRule]: explainRule,
    [serverCommands.checkFile]: checkNow(diagnostics),
  };
  session.connection.onExecuteCommand(async ({ command, arguments: args = [] }, token, progress) => {
    const run = Object.hasOwn(runs, command) ? runs[command] : undefined;
    if (!run) throw new ResponseError(ErrorCodes.InvalidParams, `unknown command '${command}'`);
    const done = await announce(progress, 'Simulating');
    try {
      const result = await run(args, session);
      if (token.isCancellationRequested) throw new ResponseError(ErrorCodes.InternalError, 'canceled');
      return result;
    } finally {
      done();
    }
  });
}
