import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './jars.ts';

/** PEM texts that a client gives: the authority it trusts, and a certificate of its own. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Who may log in. The second may do nothing: every right is missing. */
export const USERS = {
  oriel: { username: 'oriel', password: 'password-of-the-tests' },
  stranger: { username: 'stranger', password: 'password-of-a-stranger' },
} as const;

/** The file names that a broker's properties point at. */
export const BROKER_PEM = 'broker.pem';
export const TRUSTED_PEM = 'ca.crt';

const TIMEOUT_MS = 60_000;

/** Makes an authority and its certificates for a broker at 127.0.0.1 and localhost, and for a client called `oriel`, in a folder that goes with the broker. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true });
  const openssl = (...flags: readonly string[]) => run('openssl', flags, TIMEOUT_MS, folder);
  const keyed = (name: string) => ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`];
  await openssl(...keyed('ca'), '-x509', '-days', '2', '-out', TRUSTED_PEM);
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  for (const name of ['broker', 'oriel']) {
    await openssl(...keyed(name), '-out', `${name}.csr`);
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', TRUSTED_PEM, '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
      ...['-extfile', 'names', '-out', `${name}.crt`],
    );
  }
  const text = (name: string) => readFileSync(join(folder, name), 'utf8');
  writeFileSync(join(folder, BROKER_PEM), text('broker.key') + text('broker.crt'));
  return { ca: text(TRUSTED_PEM), cert: text('oriel.crt'), key: text('oriel.key') };
}
