import { join } from 'node:path';
import { KEEP_ALIVE_LOG, sharedKeepAliveLog } from './saved-session.ts';

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
}

/** Post, which looks for it, loads no more than it must: the name is told where the saved session is. */
function logFile(folder: string, loginId: string): LoginFile {
  const name = loginId === '' ? KEEP_ALIVE_LOG : sharedKeepAliveLog(loginId);
  return { name, path: join(folder, name) };
}

/** In a shared folder each login has files of its own names. */
export function loginFiles({ path, loginId }: { readonly path: string; readonly loginId: string }): LoginFiles {
  const mark = loginId === '' ? '' : `-${loginId}`;
  const at = (stem: string, ending: string): LoginFile => {
    const name = `${stem}${mark}${ending}`;
    return { name, path: join(path, name) };
  };
  return {
    certificate: at('client-certificate', '.pem'),
    pfx: at('client-certificate', '.pfx'),
    clientSecret: at('client-secret', ''),
    federatedToken: at('federated-token', ''),
    keepAliveLog: logFile(path, loginId),
    tokenAccount: at('token-account', '.json'),
  };
}
