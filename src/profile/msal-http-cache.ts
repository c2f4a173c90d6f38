import { type Cloud, tokenIssuer } from '../core/clouds.ts';

/** A day: as long as MSAL Python itself keeps what an issuer says of itself. */
const KEPT_SECONDS = 24 * 60 * 60;

/** SHA-256 of `''`, two apostrophes: what MSAL Python makes of a request without a query. */
const NO_QUERY = '6f49cdbd80e1b95d5e6427e1501fc217790daee87055fa5b4e71064288bddede';

/**
 * `msal_http_cache.bin`, in which `az` keeps the description of a tenant's issuer for a day. Without it the first command
 * of a folder asks for it, before it looks at its tokens. What it says is known without asking.
 *
 * It is a pickle of a dictionary: answers by request, and under `_index_` when each ends. Of an answer MSAL reads the
 * status, the text and the headers, so any object with these will do; a class of Python's own is there in every version,
 * while one of MSAL's would make another version of `az` fail. A file that `az` cannot use it makes anew.
 *
 * Source: MSAL Python, `msal/throttled_http_client.py` and `msal/individual_cache.py`; in the key 1.21 and older name the
 * port, later versions do not. Read by az 2.45 to 2.91.
 *
 * @returns `undefined` for AD FS, which has no tenants
 */
export function msalHttpCache(cloud: Cloud, tenantIds: readonly string[], now: Date): Buffer | undefined {
  if (cloud.directory === 'adfs') return undefined;
  const created = Math.floor(now.getTime() / 1000);
  const expires = created + KEPT_SECONDS;
  const answers = new Map<string, Pickled>();
  for (const tenantId of new Set(tenantIds)) {
    const answer = new Namespace({ status_code: 200, text: description(cloud, tenantId), headers: {} });
    const { origin, pathname } = new URL(tokenIssuer(cloud, tenantId).issuer);
    for (const server of [origin, `${origin}:443`]) {
      answers.set(`GET ${server}${pathname}/.well-known/openid-configuration hash=${NO_QUERY} 2xx`, answer);
    }
  }
  const keys = [...answers.keys()];
  const sequence = keys.map((key) => [expires, created, key]);
  const timestamps = Object.fromEntries(keys.map((key) => [key, [expires, created]]));
  return pickle({ ...Object.fromEntries(answers), _index_: new Tuple(sequence, timestamps) });
}

/** Source: OpenID Connect Discovery 1.0, 3. */
function description(cloud: Cloud, tenantId: string): string {
  const { issuer, authorizationEndpoint, tokenEndpoint, deviceCodeEndpoint, keys } = tokenIssuer(cloud, tenantId);
  return JSON.stringify({
    issuer,
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: tokenEndpoint,
    device_authorization_endpoint: deviceCodeEndpoint,
    jwks_uri: keys,
  });
}

/** What of Python's values is needed here. */
type Pickled = string | number | Tuple | Namespace | readonly Pickled[] | { readonly [key: string]: Pickled };

/** A pair, which is no list to Python. */
class Tuple {
  readonly first: Pickled;
  readonly second: Pickled;

  constructor(first: Pickled, second: Pickled) {
    this.first = first;
    this.second = second;
  }
}

/** An object with attributes: `types.SimpleNamespace`. */
class Namespace {
  readonly attributes: { readonly [key: string]: Pickled };

  constructor(attributes: { readonly [key: string]: Pickled }) {
    this.attributes = attributes;
  }
}

/** Protocol 2, which every Python 3 reads. Source: Python's `pickletools`. */
function pickle(value: Pickled): Buffer {
  const parts: Buffer[] = [];
  const code = (text: string): void => void parts.push(Buffer.from(text, 'latin1'));
  const items = (values: readonly Pickled[], end: string): void => {
    code('(');
    values.forEach(put);
    code(end);
  };
  const put = (item: Pickled): void => {
    if (typeof item === 'string') {
      const text = Buffer.from(item);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      parts.push(Buffer.from('X'), length, text);
    } else if (typeof item === 'number') {
      const float = Buffer.alloc(8);
      float.writeDoubleBE(item);
      parts.push(Buffer.from('G'), float);
    } else if (item instanceof Tuple) {
      put(item.first);
      put(item.second);
      code('\x86');
    } else if (item instanceof Namespace) {
      code('ctypes\nSimpleNamespace\n)R');
      put(item.attributes);
      code('b');
    } else if (isList(item)) {
      code(']');
      items(item, 'e');
    } else {
      code('}');
      items(Object.entries(item).flat(), 'u');
    }
  };
  code('\x80\x02');
  put(value);
  code('.');
  return Buffer.concat(parts);
}

/** `Array.isArray` does not tell a readonly array from the rest. */
function isList(item: Pickled): item is readonly Pickled[] {
  return Array.isArray(item);
}
