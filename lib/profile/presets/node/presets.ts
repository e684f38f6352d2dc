import type { PromiseName } from './promise.ts'

/** A kind of Node program, by what it needs. */
export interface NodePreset {
  /** What it is for, one line. */
  readonly title: string
  readonly promises: readonly PromiseName[]
}

/**
 * The presets for Node, each as it is once the program runs; before it starts, add `startup` (nodeProfile).
 * @example nodePresets['node:reader'].promises // ['run', 'ipc', 'threads', 'fsRead']
 */
export const nodePresets: Readonly<Record<string, NodePreset>> = {
  'node:compute': {
    title: 'untrusted code that only computes and answers its parent: no file, no socket, no process',
    promises: ['run', 'ipc', 'threads'],
  },
  'node:worker-pool': {
    title: 'the same on several threads: Workers, whose code comes as text',
    promises: ['run', 'ipc', 'workers'],
  },
  'node:reader': {
    title: 'parsers and analysers: reads files, changes none, talks to nobody',
    promises: ['run', 'ipc', 'threads', 'fsRead'],
  },
  'node:http-server': {
    title: 'serves from files and memory, and connects to nobody',
    promises: ['run', 'ipc', 'threads', 'fsRead', 'netServer'],
  },
  'node:http-client': {
    title: 'fetches, and stores nothing',
    promises: ['run', 'ipc', 'threads', 'netClient', 'dns'],
  },
  'node:build-tool': {
    title: 'compilers, bundlers, test runners: files and programs, and no network',
    promises: ['run', 'ipc', 'workers', 'fsWrite', 'watch', 'spawn', 'osInfo'],
  },
}
