/** The commands that package.json contributes. */
export const commandIds = {
  simulateDevice: 'cocoDma.simulateDevice',
  simulateFile: 'cocoDma.simulateFile',
  explainRule: 'cocoDma.explainRule',
  checkFile: 'cocoDma.checkFile',
  restartServer: 'cocoDma.restartServer',
  showOutput: 'cocoDma.showOutput',
} as const;
