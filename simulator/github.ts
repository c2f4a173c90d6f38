import { randomBytes, randomUUID } from 'node:crypto';
import { type Call, jsonReply, type Reply, type Service, textReply } from './exchange.ts';
import { type Claims, type SigningKey, signingKey } from './json-web-token.ts';

/** The issuer of github.com. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

const REQUEST_HOST = 'pipelines.actions.githubusercontent.com';

interface IssuedIdToken {
  readonly audience: string;
  readonly claims: Claims;
  readonly token: string;
}

/**
 * GitHub's OIDC provider and the job that it serves. Settings may change at any time.
 * Source: GitHub Docs, "OpenID Connect reference".
 */
export class GitHub {
  owner = 'octo-org';
  ownerId = '65';
  /** Without the owner. */
  repositoryName = 'octo-repo';
  repositoryId = '74';
  ref = 'refs/heads/main';
  /** `''` for a job without one. */
  environment = '';
  eventName = 'push';
  /** `ids` is the default of new repositories: owner and repository with their ids. */
  subjectForm: 'names' | 'ids' = 'ids';
  idTokenLifetimeSeconds = 300;
  /** The provider rejects requests of a completed job. */
  jobState: 'in-progress' | 'completed' = 'in-progress';
  /** Whether Entra ID can fetch the issuer's keys. */
  keys: 'reachable' | 'unreachable' = 'reachable';
  requestToken: string = randomBytes(48).toString('base64url');
  readonly requestUrl: string;
  readonly issued: IssuedIdToken[] = [];
  readonly #requestPath: string;
  readonly #key: Promise<SigningKey>;

  constructor() {
    this.#requestPath = `/${randomBytes(12).toString('hex')}//idtoken/${randomUUID()}/${randomUUID()}`;
    this.requestUrl = `https://${REQUEST_HOST}${this.#requestPath}?api-version=2.0`;
    this.#key = signingKey(GITHUB_ISSUER);
  }

  get repository(): string {
    return `${this.owner}/${this.repositoryName}`;
  }

  /** The variables of a job with `id-token: write`. */
  get variables(): { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string } {
    return { ACTIONS_ID_TOKEN_REQUEST_URL: this.requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.requestToken };
  }

  /** The `sub` of the next token. Colons in values are escaped. */
  get currentSubject(): string {
    return `${this.subjectPrefix}:${this.#subjectContext()}`;
  }

  /** `sub_claim_prefix` of GitHub's REST API. */
  get subjectPrefix(): string {
    if (this.subjectForm === 'names') return `repo:${this.repository}`;
    return `repo:${this.owner}@${this.ownerId}/${this.repositoryName}@${this.repositoryId}`;
  }

  #subjectContext(): string {
    if (this.environment !== '') return `environment:${this.environment.replaceAll(':', '%3A')}`;
    return this.eventName === 'pull_request' ? 'pull_request' : `ref:${this.ref.replaceAll(':', '%3A')}`;
  }

  signingKey(): Promise<SigningKey> {
    return this.#key;
  }

  /** Issues a token without a request. */
  async idToken(audience: string): Promise<string> {
    const claims = this.#claims(audience);
    const token = (await this.#key).sign(claims);
    this.issued.push({ audience, claims, token });
    return token;
  }

  #claims(audience: string): Claims {
    const issuedAt = Math.floor(Date.now() / 1000);
    const workflow = `${this.repository}/.github/workflows/deploy.yml@${this.ref}`;
    return {
      jti: randomUUID(),
      sub: this.currentSubject,
      aud: audience,
      ref: this.ref,
      repository: this.repository,
      repository_owner: this.owner,
      repository_owner_id: this.ownerId,
      repository_id: this.repositoryId,
      repository_visibility: 'private',
      run_id: '30433642',
      actor: 'octocat',
      workflow_ref: workflow,
      job_workflow_ref: workflow,
      event_name: this.eventName,
      runner_environment: 'github-hosted',
      ...(this.environment === '' ? {} : { environment: this.environment, environment_node_id: 'EN_kwDOAAAB' }),
      iss: GITHUB_ISSUER,
      nbf: issuedAt - 600,
      exp: issuedAt + this.idTokenLifetimeSeconds,
      iat: issuedAt,
    };
  }

  serviceOf(host: string): Service | undefined {
    return host === REQUEST_HOST ? (call) => this.#request(call) : undefined;
  }

  async #request(call: Call): Promise<Reply> {
    if (call.path !== this.#requestPath) return textReply(404, 'text/html', '<html>Not Found</html>');
    // In any letter case, since GitHub's documentation writes `bearer`.
    if (call.headers.authorization?.replace(/^bearer /i, '') !== this.requestToken) {
      return jsonReply(401, { $id: '1', message: 'TF400813: The user is not authorized to access this resource.' });
    }
    if (call.query.get('api-version') === null) {
      return jsonReply(400, { $id: '1', message: 'No api-version was supplied for the request.' });
    }
    if (this.jobState === 'completed') {
      return jsonReply(403, { $id: '1', message: 'The job is not in progress.' });
    }
    const value = await this.idToken(call.query.get('audience') ?? `https://github.com/${this.owner}`);
    return jsonReply(200, { count: value.length, value });
  }
}
