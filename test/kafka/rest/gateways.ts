import { afterAll, beforeAll, type TestContext } from 'vitest';
import { sharedConnection } from '../broker/shared.ts';
import { type Gateway, type GatewayKind, type GatewayProcess, gatewayKinds } from '../gateway/gateway.ts';
import { strimziJars } from '../gateway/strimzi.ts';

/** Every kind of gateway that can run here, and the real one where it cannot: its tests are skipped, and say why. */
export function allKinds(): readonly (GatewayKind | { readonly name: string; readonly missing: string })[] {
  const jars = strimziJars();
  return 'missing' in jars ? [...gatewayKinds(), { name: 'Strimzi bridge', missing: jars.missing }] : gatewayKinds();
}

/** The gateways of a file, one of each kind in front of the broker of the run: they start when the file does, all at once, and end with it. */
export class Gateways {
  readonly #started = new Map<string, GatewayProcess>();

  constructor() {
    beforeAll(async () => {
      await Promise.all(gatewayKinds().map(async (kind) => this.#started.set(kind.name, await kind.start(sharedConnection()))));
    });
    afterAll(async () => {
      await Promise.all([...this.#started.values()].map((gateway) => gateway.close()));
    });
  }

  /** Skips the test where this kind cannot run here. */
  of(kind: ReturnType<typeof allKinds>[number], context: Pick<TestContext, 'skip'>): Gateway {
    if ('missing' in kind) context.skip(kind.missing);
    const gateway = this.#started.get(kind.name);
    if (gateway === undefined) throw new Error(`There is no gateway of the kind ${kind.name}.`);
    return gateway;
  }
}

/** The kind that a suite takes where the real Strimzi bridge is best, and the test gateway in its dialect good enough. */
export function strimziKind(): GatewayKind {
  const kinds = gatewayKinds().filter(({ dialect }) => dialect === 'strimzi');
  const kind = kinds.find(({ isReal }) => isReal) ?? kinds[0];
  if (kind === undefined) throw new Error('There is no gateway that speaks as Strimzi does.');
  return kind;
}

export function kindOf(dialect: 'confluent' | 'karapace' | 'redpanda'): GatewayKind {
  const kind = gatewayKinds().find((one) => one.dialect === dialect);
  if (kind === undefined) throw new Error(`There is no gateway that speaks as ${dialect} does.`);
  return kind;
}
