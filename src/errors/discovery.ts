import { quotable } from '../core/foreign-text.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { shellWord } from './templates.ts';

/** For a host that answered in no version of `/metadata/endpoints`. `answers`: what it said instead, a version each. */
export function nothingDescribed(url: string, answers: readonly string[]): SessionError {
  return new SessionError(`${url} is not the Resource Manager of a private cloud.`, {
    why: ['It does not tell the endpoints of its cloud:', ...answers.map((answer) => `    ${answer}`)].join('\n'),
    next: [
      'Check `resource-manager-url`: it is the host of the Resource Manager, not of the portal, for example https://management.local.azurestack.external.',
      showDescription(url, '2015-01-01'),
    ],
  });
}

/**
 * For a cloud that describes itself in a way that must not be followed, or cannot be.
 * @param why a sentence; what it quotes of the description is quotable
 */
export function unusableDescription(url: string, why: string): SessionError {
  return new SessionError(`The cloud at ${url} cannot be used by what it says of itself.`, {
    why,
    next: [
      'Check `resource-manager-url`, and that no proxy answers in the place of that host.',
      showDescription(url, '2022-09-01'),
    ],
  });
}

/** For an answer that is about other clouds than the one that was asked. `others`: their Resource Managers. */
export function otherCloudsDescribed(url: string, others: readonly string[]): SessionError {
  const named = others.slice(0, 5).map((other) => quotable(other, 100));
  return new SessionError(`${url} describes other clouds, not its own.`, {
    why: `It names the Resource Manager ${named.join(', ')}. A token for one host is not sent to another.`,
    next: [
      named.length === 1
        ? { say: 'If that is the cloud you mean, name it by this host:', yaml: `resource-manager-url: ${named[0]}` }
        : 'Set `resource-manager-url` to the host by which the cloud names its own Resource Manager.',
      showDescription(url, '2022-09-01'),
    ],
  });
}

function showDescription(url: string, version: string): Step {
  return {
    say: 'This shows what it says:',
    command: `curl ${shellWord(`${url}/metadata/endpoints?api-version=${version}`)}`,
  };
}
