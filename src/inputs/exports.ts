import type { InputContext } from './context.ts';
import type { ExportRequest } from './request.ts';

export function readExports(context: InputContext): ExportRequest {
  return { families: readFamilies(context), secrets: context.inputs.flag('export-secrets') ? 'export' : 'withhold' };
}

function readFamilies({ inputs, findings }: InputContext): ExportRequest['families'] {
  const asked = inputs.list('export-env');
  const families = asked.filter((family) => family !== 'none');
  if (families.length === asked.length) return families;
  if (families.length > 0) findings.problem('`export-env` says `none` and also names a family. Give one or the other.');
  return 'none';
}
