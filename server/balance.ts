/**
 * Whether a text is C as a whole, asked of its brackets. While a bracket, a string or a comment is open, everything
 * after it belongs to something else, and an analysis of it says nothing about what the author means.
 */

/** Comments, literals, directives, brackets: what decides how the rest of a text reads. */
const token =
  /\/\/(?:\\\n|[^\n])*|\/\*[^]*?(?:\*\/|(?![^]))|"(?:\\[^]|[^"\\\n])*(?:"|(?=\n)|(?![^]))|'(?:\\[^]|[^'\\\n])*(?:'|(?=\n)|(?![^]))|^[ \t]*#[ \t]*(\w+)(?:\\\r?\n|[^\n])*|[{}()]/gm;

/** Follows #if … #else … #endif: of each only the first arm counts, for arms often open the same bracket each. */
function armCounter(): (directive: string) => boolean {
  const live: boolean[] = [];
  return (directive) => {
    if (directive === 'if' || directive === 'ifdef' || directive === 'ifndef') live.push(true);
    else if (directive === 'else' || directive.startsWith('elif')) live[live.length - 1] = false;
    else if (directive === 'endif') live.pop();
    return live.every(Boolean);
  };
}

/** True when every bracket, comment and string of a text is closed again, in the right order. */
export function isBalanced(text: string): boolean {
  const open: string[] = [];
  const enterArm = armCounter();
  let counts = true;
  for (const [found, directive] of text.matchAll(token)) {
    if (directive !== undefined) counts = enterArm(directive);
    else if (found.startsWith('/*')) {
      // A comment that seems to hold another one was not closed, and ends with the next one.
      if (found.length < 4 || !found.endsWith('*/') || found.includes('/*', 2)) return false;
    } else if (!counts || found.startsWith('//')) continue;
    else if (found === '{' || found === '(') open.push(found);
    else if (found === '}' || found === ')') {
      if (open.pop() !== (found === '}' ? '{' : '(')) return false;
    } else if (found.length < 2 || !found.endsWith(found.charAt(0))) return false;
  }
  return open.length === 0;
}
