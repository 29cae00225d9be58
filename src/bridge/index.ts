export { type BridgeHooks, type BridgeStats, type RunningBridge, startBridge } from './bridge.ts';
export { type CliIo, runCli } from './cli.ts';
export { EXIT, type ExitCode } from './exit.ts';
export { SETTING_ROWS, type SettingRow, SHORTHANDS, variablesOf } from './flags.ts';
export { type BridgeConfiguration, BridgeSettings, bridgeConfiguration, defaultsFor } from './settings.ts';
export * from './source.ts';
