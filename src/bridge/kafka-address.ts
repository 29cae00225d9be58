/** What a `kafka://` address names. */
export interface KafkaAddress {
  /** `HOST:PORT` each, none twice. */
  readonly brokers: readonly string[];
  /** None twice. */
  readonly topics: readonly string[];
}

const DEFAULT_PORT = 9092;
const FORM = 'the form is kafka://HOST[:PORT][,HOST[:PORT]...]/TOPIC[,TOPIC...]';
/** A name, an IPv4 address, or an IPv6 address in brackets; then a port. */
const BROKER = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

/**
 * Reads `kafka://HOST:PORT,HOST:PORT/TOPIC,TOPIC`; a port that is left out is 9092.
 * @returns what is wrong with it, in words that never hold a password, where it is none
 */
export function kafkaAddress(given: string): KafkaAddress | string {
  if (given.includes('@'))
    return 'an address holds no user and no password, which others could read on this machine: give them with ORIEL_KAFKA_USERNAME and ORIEL_KAFKA_PASSWORD';
  const [, hosts, names] = /^kafka:\/\/([^/]*)(?:\/(.*))?$/s.exec(given) ?? [];
  if (hosts === undefined || hosts === '')
    return `${JSON.stringify(given)} names no broker (--outcomes takes those of a source that is Kafka); ${FORM}`;
  if (names === undefined || names === '') return `${JSON.stringify(given)} names no topic; ${FORM}`;
  const brokers: string[] = [];
  for (const host of listOf(hosts)) {
    const [, name, port = String(DEFAULT_PORT)] = BROKER.exec(host) ?? [];
    if (name === undefined || Number(port) < 1 || Number(port) > 65_535) return `${JSON.stringify(host)} is no broker; ${FORM}`;
    brokers.push(`${name}:${port}`);
  }
  const topics = listOf(names);
  const wrong = topics.find((topic) => !TOPIC.test(topic));
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is no topic: it has 1 to 249 characters of A-Z a-z 0-9 . _ -; ${FORM}`;
  return { brokers: [...new Set(brokers)], topics: [...new Set(topics)] };
}

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}
