import { join } from 'node:path';
import { KEEP_ALIVE_LOG, sharedKeepAliveLog, tokenAccountFile } from './saved-session.ts';
import { recordFile } from './session-record.ts';

/** A file of one login: by name in the folder, by path for the clients that are pointed to it. */
interface LoginFile {
  readonly name: string;
  readonly path: string;
}

/** The files that belong to one login alone. Which of them are written depends on method and exports. */
export interface LoginFiles {
  /** PEM of a certificate sign-in, for both CLIs and the SDKs. */
  readonly certificate: LoginFile;
  /** The same as PFX, for Terraform and PowerShell. */
  readonly pfx: LoginFile;
  /** For Terraform, which takes a secret by its path. */
  readonly clientSecret: LoginFile;
  /** The assertion that the refresher keeps fresh, for the SDKs. */
  readonly federatedToken: LoginFile;
  /** What the refresher leaves for the post step to say. */
  readonly keepAliveLog: LoginFile;
  /** What the agent handed out, for the post step to say. */
  readonly tokenAccount: LoginFile;
  /** What a sign-out before the last step has to undo. */
  readonly record: LoginFile;
}

/** In a shared folder each login has files of its own names. */
export function loginFiles({ path, loginId }: { readonly path: string; readonly loginId: string }): LoginFiles {
  const mark = loginId === '' ? '' : `-${loginId}`;
  const named = (name: string): LoginFile => ({ name, path: join(path, name) });
  const at = (stem: string, ending: string): LoginFile => named(`${stem}${mark}${ending}`);
  return {
    certificate: at('client-certificate', '.pem'),
    pfx: at('client-certificate', '.pfx'),
    clientSecret: at('client-secret', ''),
    federatedToken: at('federated-token', ''),
    // A sign-out, which looks for these, loads no more than it must: the names are where the saved session is.
    keepAliveLog: named(loginId === '' ? KEEP_ALIVE_LOG : sharedKeepAliveLog(loginId)),
    record: named(recordFile(loginId)),
    tokenAccount: named(tokenAccountFile(loginId)),
  };
}
