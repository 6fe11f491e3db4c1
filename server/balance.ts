/**
 * Tests whether the brackets, strings and comments of a text are balanced. While one is open, the text after it would be
 * analyzed as something that the author does not mean.
 */

/** Comments, literals, directives and brackets. */
const token =
  /\/\/(?:\\\n|[^\n])*|\/\*[^]*?(?:\*\/|(?![^]))|"(?:\\[^]|[^"\\\n])*(?:"|(?=\n)|(?![^]))|'(?:\\[^]|[^'\\\n])*(?:'|(?=\n)|(?![^]))|^[ \t]*#[ \t]*(\w+)(?:\\\r?\n|[^\n])*|[{}()]/gm;

/** Follows #if … #else … #endif. Only the first arm counts, because arms often open the same bracket. */
function armCounter(): (directive: string) => boolean {
  const live: boolean[] = [];
  return (directive) => {
    if (directive === 'if' || directive === 'ifdef' || directive === 'ifndef') live.push(true);
    else if (directive === 'else' || directive.startsWith('elif')) live[live.length - 1] = false;
    else if (directive === 'endif') live.pop();
    return live.every(Boolean);
  };
}

/** True if every bracket, comment and string is closed, in the right order. */
export function isBalanced(text: string): boolean {
  const open: string[] = [];
  const enterArm = armCounter();
  let counts = true;
  for (const [found, directive] of text.matchAll(token)) {
    if (directive !== undefined) counts = enterArm(directive);
    else if (found.startsWith('/*')) {
      // a comment that contains another one was not closed, and ends with the next one
      if (found.length < 4 || !found.endsWith('*/') || found.includes('/*', 2)) return false;
    } else if (!counts || found.startsWith('//')) continue;
    else if (found === '{' || found === '(') open.push(found);
    else if (found === '}' || found === ')') {
      if (open.pop() !== (found === '}' ? '{' : '(')) return false;
    } else if (found.length < 2 || !found.endsWith(found.charAt(0))) return false;
  }
  return open.length === 0;
}
