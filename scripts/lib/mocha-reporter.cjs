/** Mocha's JSON report; each test that ends is also told to the parent process. */
const { Runner, reporters } = require('mocha');

module.exports = class extends reporters.JSON {
  constructor(runner, options) {
    super(runner, options);
    let tests = 0;
    runner.on(Runner.constants.EVENT_TEST_END, () => process.send?.({ tests: ++tests }));
    // an open channel can keep this process alive
    runner.on(Runner.constants.EVENT_RUN_END, () => process.disconnect?.());
  }
};
