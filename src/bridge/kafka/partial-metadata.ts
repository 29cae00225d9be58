import { type API, type Base, type Callback, kGetApi, type ResponseError } from '@platformatic/kafka';

/**
 * A client that takes what is known of a topic also where one of its partitions has no leader. (The library throws the whole answer away then, and with it the leaders of the
 * others; 2.12.1.) The leader of such a partition is -1.
 */
export function takesPartialMetadata<Client extends Base>(client: Client): Client {
  const getApi: Base[typeof kGetApi] = client[kGetApi].bind(client);
  client[kGetApi] = <Arguments extends unknown[], Response>(name: string, callback: Callback<API<Arguments, Response>>) =>
    getApi<Arguments, Response>(name, (error, api) => callback(error, name === 'Metadata' && api !== undefined ? partial(api) : api));
  return client;
}

function partial<Arguments extends unknown[], Response>(api: API<Arguments, Response>): API<Arguments, Response> {
  const original = api as unknown as (...given: unknown[]) => void;
  const call = (...given: unknown[]) => {
    const callback = given.pop() as Callback<unknown>;
    original(...given, ((error, response) => {
      if (error !== null && isOfPartitionsOnly(error)) callback(null, error.response);
      else callback(error, response);
    }) satisfies Callback<unknown>);
  };
  return Object.assign(call as unknown as API<Arguments, Response>, { async: api.async, key: api.key, version: api.version });
}

/** A topic that is unknown, or may not be seen, is an error as ever. */
function isOfPartitionsOnly(error: Error): error is ResponseError & { readonly response: unknown } {
  const { code, errors, response } = error as Partial<ResponseError>;
  if (code !== 'PLT_KFK_RESPONSE' || response === undefined || errors === undefined) return false;
  return errors.every(({ path }: { readonly path?: unknown }) => typeof path === 'string' && /^\/topics\/\d+\/partitions\/\d+$/.test(path));
}
