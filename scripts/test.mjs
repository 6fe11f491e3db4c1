/**
 * `npm test [-- TIER…]`: installs and builds what is missing, runs the tiers of tiers.mjs, and ends with one line of
 * totals. A tier that this machine cannot run says why and counts as skipped; under CI a skip fails the run.
 */
import { duration } from './lib/heartbeat.mjs';
import { die, ensureInstalled, npmRun } from './lib/project.mjs';
import { runTier } from './lib/tier.mjs';
import { tiers } from './tiers.mjs';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !tiers.some((tier) => tier.name === name));
if (unknown.length) die(`No tier '${unknown[0]}'. There are: ${tiers.map((tier) => tier.name).join(', ')}.`);

const line = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

await ensureInstalled();
if ((await npmRun('build')) !== 0) die('The build failed, see above.', 1);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const tier of tiers.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const started = performance.now();
  const count = await runTier(tier);
  console.log(`${tier.name}: ${line(count)} (${duration(performance.now() - started)})`);
  for (const key of Object.keys(total)) total[key] += count[key];
}
console.log(line(total));

const strict = Boolean(process.env.CI);
if (strict && total.skipped) console.log('CI is set: every test must run here, so the skipped ones fail the run.');
process.exitCode = total.failed || (strict && total.skipped) || total.passed === 0 ? 1 : 0;
