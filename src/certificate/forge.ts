/**
 * The parts of node-forge that read and write PFX. The whole package would bring SSH, TLS and HTTP along; its parts add
 * themselves to the object that the first import gives. Loaded only for a PFX or an encrypted key.
 */
import forge from 'node-forge/lib/forge.js';
import 'node-forge/lib/pki.js';

export { forge };
