import type { Readable, Writable } from 'node:stream';
import type { BridgeConfiguration } from './settings.ts';
import { NdjsonSink } from './sinks/ndjson.ts';
import { stdoutSink } from './sinks/stdout.ts';
import type { Sink, Source } from './source.ts';
import { DemoSource } from './sources/demo.ts';
import { NdjsonSource } from './sources/ndjson.ts';
import { SpooledSource } from './sources/spool.ts';
import type { Time } from './time.ts';

/** The source that is set; it opens with its partitions. */
export function openSource(configuration: BridgeConfiguration, { stdin, time }: { readonly stdin: Readable; readonly time: Time }): Source {
  const { source, topic, partitions, mode, speed, data, demo } = configuration;
  if (source.kind === 'demo') {
    if (demo === undefined) throw new Error('broken invariant: the settings let no demo through that has no events');
    return new DemoSource({ data, topic, partitions, ...demo, speed, time });
  }
  // A file has no group whose position could be committed: the object's is the only one, and without one it starts at the start.
  const from = configuration.from === 'committed' ? 'earliest' : configuration.from;
  const options = { topic, partitions, mode, speed, from, time } as const;
  return source.file === '-' ? new SpooledSource(stdin, options) : new NdjsonSource({ ...options, path: source.file });
}

/** The sink that is set; nothing for `none`: the bridge then takes no outcomes. */
export async function openSink({ sink }: BridgeConfiguration, { stdout }: { readonly stdout: Writable }): Promise<Sink | undefined> {
  if (sink.kind === 'none') return undefined;
  return sink.kind === 'stdout' ? stdoutSink(stdout) : await NdjsonSink.open(sink.file);
}
