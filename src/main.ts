import { parseInputs } from './inputs/parse.ts';
import { secretsIn } from './inputs/secrets.ts';
import { proxySecrets } from './net/proxy.ts';
import { actionsRunner } from './runner/actions-runner.ts';
import { reportFailure } from './runner/report.ts';
import { signIn } from './sign-in.ts';

/** The main entry: mask, parse, sign in. Whatever goes wrong is one annotation, and nothing is left. */
const runner = actionsRunner(process);
try {
  for (const secret of [...secretsIn(runner), ...proxySecrets(runner.env)]) runner.mask(secret);
  const parsed = parseInputs(runner);
  for (const warning of parsed.warnings) runner.warning(warning);
  if (parsed.kind === 'refused') throw parsed.error;
  await signIn(parsed.request, runner);
} catch (error) {
  await reportFailure(error, runner, runner.input('job-summary').toLowerCase() === 'never' ? 'no-summary' : 'summary');
}
