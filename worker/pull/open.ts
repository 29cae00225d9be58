import { gatewaysInUse } from './gateway.ts';
import type { PullPort } from './port.ts';
import { Pull } from './pull.ts';
import type { PullSettings } from './settings.ts';

/** The pull of a partition, where its topic is one that the settings have the Worker read. */
export function openPull(settings: PullSettings | undefined, port: Omit<PullPort, 'settings' | 'gateways' | 'fetch'>): Pull | undefined {
  return settings?.topics.includes(port.topic) ? new Pull({ ...port, settings, gateways: gatewaysInUse() }) : undefined;
}
