import { quotable, quotableId } from '../core/foreign-text.ts';
import type { Method } from '../core/request.ts';
import type { Step } from '../core/session-error.ts';
import { shellWord } from './command-line.ts';

/**
 * A step of a remedy before it is known whom it is for. `{clientId}` and its like stand for the user's own values:
 * as they are in the sentence, quoted for the shell in the command.
 */
export type StepTemplate = Step & {
  /** The methods this step is for; all of them without it. */
  readonly methods?: readonly Method[];
};

/** What the placeholders of a table stand for. */
export type TemplateValues = Readonly<Record<string, string>>;

/** How a value is set in a sentence. */
type Setting = (value: string) => string;

export function filledStep(template: StepTemplate, values: TemplateValues, setting: Setting = quotableId): Step {
  const say = filled(template.say, values, setting);
  if (template.command !== undefined) return { say, command: filled(template.command, values, inCommand) };
  return template.yaml === undefined ? { say } : { say, yaml: filled(template.yaml, values, inCommand) };
}

/** A value that would break the line or hide a part of it is no value that works, so there is nothing to keep exact. */
function inCommand(value: string): string {
  return shellWord(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) ? quotable(value, 120) : value);
}

/** @throws when the template names a value that the table does not have: a slip in the table, which its test shows */
export function filled(template: string, values: TemplateValues, setting: Setting = quotableId): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`No such placeholder: {${name}}`);
    return setting(value);
  });
}

/** What stands in a command for a value that is not known: the reader puts it in. */
export const STAND_INS = {
  clientId: 'CLIENT_ID',
  credentialName: 'github',
  issuer: 'ISSUER',
  objectId: 'PRINCIPAL_OBJECT_ID',
  subject: 'SUBJECT',
  subscriptionId: 'SUBSCRIPTION_ID',
  tenantId: 'TENANT_ID',
  thumbprint: 'THUMBPRINT',
  username: 'USER_NAME',
} as const;
