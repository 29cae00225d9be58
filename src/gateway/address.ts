/** What a `kafka-rest+http(s)://` address names. */
export interface GatewayAddress {
  /** `http(s)://HOST[:PORT][/PATH]`, without a slash at its end. */
  readonly base: string;
  /** None twice. */
  readonly topics: readonly string[];
}

const PREFIX = 'kafka-rest+';
const FORM = 'the form is kafka-rest+https://HOST[:PORT][/PATH]/TOPIC[,TOPIC...]';
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

/** Whether a setting means a REST gateway, right or wrong. */
export function isGatewayAddress(given: string): boolean {
  return given.startsWith(PREFIX);
}

/**
 * Reads `kafka-rest+https://HOST:PORT/PATH/TOPIC,TOPIC`: the last segment of the path names topics, all before it is the gateway's.
 * @returns what is wrong with it, in words that never hold a password, where it is none
 */
export function gatewayAddress(given: string): GatewayAddress | string {
  // A password can hold a slash: no place in the text is safe to show.
  if (given.includes('@'))
    return 'an address holds no user and no password, which others could read on this machine: give them with ORIEL_REST_USERNAME and ORIEL_REST_PASSWORD, or ORIEL_REST_TOKEN';
  const url = isGatewayAddress(given) && URL.canParse(given.slice(PREFIX.length)) ? new URL(given.slice(PREFIX.length)) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '')
    return `${JSON.stringify(given)} is no address of a gateway; ${FORM}`;
  if (url.search !== '' || url.hash !== '') return `${JSON.stringify(given)} has a query, and an address of a gateway has none; ${FORM}`;
  const path = url.pathname.replace(/\/+$/, '');
  const names = path.slice(path.lastIndexOf('/') + 1).replaceAll('%20', ' ');
  if (names === '') return `${JSON.stringify(given)} names no topic; ${FORM}`;
  const topics = names.split(',').map((name) => name.trim());
  const wrong = topics.find((topic) => !TOPIC.test(topic));
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is no topic: it has 1 to 249 characters of A-Z a-z 0-9 . _ -; ${FORM}`;
  return { base: `${url.origin}${path.slice(0, path.lastIndexOf('/'))}`, topics: [...new Set(topics)] };
}

/** Whether a gateway's address is that of the v3 API of one cluster, to which one can only produce. */
export function isV3(base: string): boolean {
  return /\/v3\/clusters\/[^/]+$/.test(base);
}
