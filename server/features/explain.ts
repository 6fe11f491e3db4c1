import { ErrorCodes, ResponseError } from 'vscode-languageserver';
import type { RuleReply } from '../../src/protocol';
import { knownNames, rulePageText } from '../names';
import type { Session } from '../session';

/** The page of a rule, or without an id the list of rules. */
export function explainRule([id]: readonly unknown[], { platform }: Session): RuleReply {
  const { rules } = knownNames();
  if (id === undefined || id === null) {
    const list = rules.map((rule) => `- \`${rule.id}\` (${rule.level}): ${rule.summary}`);
    return {
      found: true,
      title: 'Rules',
      markdown: `# Rules\n\n${list.join('\n')}\n`,
      data: { id: '', uri: null, rules },
    };
  }
  if (typeof id !== 'string') throw new ResponseError(ErrorCodes.InvalidParams, 'explainRule needs the id of a rule');
  const markdown = rulePageText(id);
  const uri = platform.rulePage(id);
  const data = { id, uri, rules };
  if (markdown === null) {
    const names = rules.map((rule) => rule.id).join(', ');
    return { found: false, title: id, markdown: `Unknown rule '${id}'. Rules: ${names}.`, data };
  }
  return { found: true, title: id, markdown, data };
}
