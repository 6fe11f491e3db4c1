/** A lint rule of the project: every exported function has a doc comment. */
const exportedFunctionDoc = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'Exported function {{name}} needs a doc comment.' } },
  create(context) {
    const documented = (node) => context.sourceCode.getCommentsBefore(node).some((c) => c.value.startsWith('*'));
    return {
      'ExportNamedDeclaration > FunctionDeclaration'(node) {
        // the doc comment of overloads is at the first signature
        const siblings = node.parent.parent.body;
        const before = siblings[siblings.indexOf(node.parent) - 1]?.declaration;
        if (before?.type === 'TSDeclareFunction' && before.id?.name === node.id?.name) return;
        if (!documented(node.parent))
          context.report({ node: node.id, messageId: 'missing', data: { name: node.id.name } });
      },
    };
  },
};

export const docCommentPlugin = { rules: { 'exported-function-doc': exportedFunctionDoc } };
