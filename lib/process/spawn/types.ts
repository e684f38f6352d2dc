/** The signatures of Node's child_process, each with our options beside Node's. */
import type * as node from 'node:child_process'
import type {
  ExecFileOptions,
  ExecFileSyncOptions,
  ExecOptions,
  ExecSyncOptions,
  ForkOptions,
  PromiseWithChild,
  SpawnOptions,
  SpawnOptionsWithoutStdio,
  SpawnOptionsWithStdioTuple,
  SpawnSyncOptions,
  StdioNull,
  StdioPipe,
} from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { promisify } from 'node:util'
import type { EndedBySeccomp } from '../violations/seccomp-exit.ts'
import type { WithSeccomp } from './options.ts'

/** Node's, which tell what the filter had to do with the end. */
type ChildProcess = node.ChildProcess & EndedBySeccomp
type ChildProcessWithoutNullStreams = node.ChildProcessWithoutNullStreams & EndedBySeccomp
type ChildProcessByStdio<
  In extends Writable | null,
  Out extends Readable | null,
  Err extends Readable | null,
> = node.ChildProcessByStdio<In, Out, Err> & EndedBySeccomp
type ExecException = node.ExecException & EndedBySeccomp
type ExecFileException = node.ExecFileException & EndedBySeccomp
type SpawnSyncReturns<Output> = node.SpawnSyncReturns<Output> & EndedBySeccomp

type Stdio = StdioNull | StdioPipe
/** The parent's end, where the entry makes a pipe. */
type End<Entry extends Stdio, Stream> = Entry extends StdioPipe ? Stream : null

export interface Spawn {
  (command: string, options?: SpawnOptionsWithoutStdio & WithSeccomp): ChildProcessWithoutNullStreams
  (
    command: string,
    args?: readonly string[],
    options?: SpawnOptionsWithoutStdio & WithSeccomp,
  ): ChildProcessWithoutNullStreams
  <In extends Stdio, Out extends Stdio, Err extends Stdio>(
    command: string,
    options: SpawnOptionsWithStdioTuple<In, Out, Err> & WithSeccomp,
  ): ChildProcessByStdio<End<In, Writable>, End<Out, Readable>, End<Err, Readable>>
  <In extends Stdio, Out extends Stdio, Err extends Stdio>(
    command: string,
    args: readonly string[],
    options: SpawnOptionsWithStdioTuple<In, Out, Err> & WithSeccomp,
  ): ChildProcessByStdio<End<In, Writable>, End<Out, Readable>, End<Err, Readable>>
  (command: string, options: SpawnOptions & WithSeccomp): ChildProcess
  (command: string, args: readonly string[], options: SpawnOptions & WithSeccomp): ChildProcess
}

export interface Fork {
  (modulePath: string | URL, options?: ForkOptions & WithSeccomp): ChildProcess
  (modulePath: string | URL, args?: readonly string[], options?: ForkOptions & WithSeccomp): ChildProcess
}

/** No `encoding`, or one that is text. */
type AsText = { readonly encoding?: BufferEncoding | undefined }
/** An `encoding` of which the asynchronous functions make bytes. */
type AsBytes = { readonly encoding: 'buffer' | null }
/** The same for the synchronous ones, which give bytes unless told otherwise. */
type AsTextSync = { readonly encoding: BufferEncoding }
type AsBytesSync = { readonly encoding?: 'buffer' | null | undefined }

type Done<Failure, Output> = (error: Failure | null, stdout: Output, stderr: Output) => void
type Outputs<Output> = PromiseWithChild<{ stdout: Output; stderr: Output }>
type Arguments = readonly string[] | undefined | null

/** As `util.promisify` finds it: at run time, and in @types/node. */
interface Promisified<Form> {
  readonly [promisify.custom]: Form
  readonly __promisify__: Form
}

export interface Exec extends Promisified<ExecPromise> {
  (command: string, callback?: Done<ExecException, string>): ChildProcess
  (
    command: string,
    options: ExecOptions & WithSeccomp & AsBytes,
    callback?: Done<ExecException, Buffer>,
  ): ChildProcess
  (
    command: string,
    options: ExecOptions & WithSeccomp & AsText,
    callback?: Done<ExecException, string>,
  ): ChildProcess
  (
    command: string,
    options: (ExecOptions & WithSeccomp) | undefined | null,
    callback?: Done<ExecException, string | Buffer>,
  ): ChildProcess
}

export interface ExecPromise {
  (command: string): Outputs<string>
  (command: string, options: ExecOptions & WithSeccomp & AsBytes): Outputs<Buffer>
  (command: string, options: ExecOptions & WithSeccomp & AsText): Outputs<string>
  (command: string, options: (ExecOptions & WithSeccomp) | undefined | null): Outputs<string | Buffer>
}

export interface ExecFile extends Promisified<ExecFilePromise> {
  (file: string, callback?: Done<ExecFileException, string>): ChildProcess
  (file: string, args: Arguments, callback?: Done<ExecFileException, string>): ChildProcess
  (
    file: string,
    options: ExecFileOptions & WithSeccomp & AsBytes,
    callback?: Done<ExecFileException, Buffer>,
  ): ChildProcess
  (
    file: string,
    args: Arguments,
    options: ExecFileOptions & WithSeccomp & AsBytes,
    callback?: Done<ExecFileException, Buffer>,
  ): ChildProcess
  (
    file: string,
    options: ExecFileOptions & WithSeccomp & AsText,
    callback?: Done<ExecFileException, string>,
  ): ChildProcess
  (
    file: string,
    args: Arguments,
    options: ExecFileOptions & WithSeccomp & AsText,
    callback?: Done<ExecFileException, string>,
  ): ChildProcess
  (
    file: string,
    options: (ExecFileOptions & WithSeccomp) | undefined | null,
    callback?: Done<ExecFileException, string | Buffer> | null,
  ): ChildProcess
  (
    file: string,
    args: Arguments,
    options: (ExecFileOptions & WithSeccomp) | undefined | null,
    callback?: Done<ExecFileException, string | Buffer> | null,
  ): ChildProcess
}

export interface ExecFilePromise {
  (file: string, args?: Arguments): Outputs<string>
  (file: string, options: ExecFileOptions & WithSeccomp & AsBytes): Outputs<Buffer>
  (file: string, args: Arguments, options: ExecFileOptions & WithSeccomp & AsBytes): Outputs<Buffer>
  (file: string, options: ExecFileOptions & WithSeccomp & AsText): Outputs<string>
  (file: string, args: Arguments, options: ExecFileOptions & WithSeccomp & AsText): Outputs<string>
  (file: string, options: (ExecFileOptions & WithSeccomp) | undefined | null): Outputs<string | Buffer>
  (
    file: string,
    args: Arguments,
    options: (ExecFileOptions & WithSeccomp) | undefined | null,
  ): Outputs<string | Buffer>
}

export interface SpawnSync {
  (command: string, options: SpawnSyncOptions & WithSeccomp & AsTextSync): SpawnSyncReturns<string>
  (command: string, options?: SpawnSyncOptions & WithSeccomp & AsBytesSync): SpawnSyncReturns<Buffer>
  (command: string, options?: SpawnSyncOptions & WithSeccomp): SpawnSyncReturns<string | Buffer>
  (
    command: string,
    args: readonly string[],
    options: SpawnSyncOptions & WithSeccomp & AsTextSync,
  ): SpawnSyncReturns<string>
  (
    command: string,
    args?: readonly string[],
    options?: SpawnSyncOptions & WithSeccomp & AsBytesSync,
  ): SpawnSyncReturns<Buffer>
  (
    command: string,
    args?: readonly string[],
    options?: SpawnSyncOptions & WithSeccomp,
  ): SpawnSyncReturns<string | Buffer>
}

export interface ExecFileSync {
  (file: string, options: ExecFileSyncOptions & WithSeccomp & AsTextSync): string
  (file: string, options?: ExecFileSyncOptions & WithSeccomp & AsBytesSync): Buffer
  (file: string, options?: ExecFileSyncOptions & WithSeccomp): string | Buffer
  (file: string, args: readonly string[], options: ExecFileSyncOptions & WithSeccomp & AsTextSync): string
  (file: string, args?: readonly string[], options?: ExecFileSyncOptions & WithSeccomp & AsBytesSync): Buffer
  (file: string, args?: readonly string[], options?: ExecFileSyncOptions & WithSeccomp): string | Buffer
}

export interface ExecSync {
  (command: string, options: ExecSyncOptions & WithSeccomp & AsTextSync): string
  (command: string, options?: ExecSyncOptions & WithSeccomp & AsBytesSync): Buffer
  (command: string, options?: ExecSyncOptions & WithSeccomp): string | Buffer
}
