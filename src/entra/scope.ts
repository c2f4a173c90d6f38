const DEFAULT = '/.default';

/**
 * The scope of a resource, as `az` makes it: what the user wrote, slashes and all, with `/.default` behind it. Its cache
 * is looked up by exactly that, so nothing is tidied up here. A scope stays as it is.
 * Source: azure-cli, `azure/cli/core/auth/util.py`, `resource_to_scopes`.
 */
export function scopeOf(resource: string): string {
  return resource.endsWith(DEFAULT) ? resource : `${resource}${DEFAULT}`;
}

/** The resource of a scope: `https://management.core.windows.net//.default` has its slash at the end. */
export function resourceOf(scope: string): string {
  return scope.endsWith(DEFAULT) ? scope.slice(0, -DEFAULT.length) : scope;
}
