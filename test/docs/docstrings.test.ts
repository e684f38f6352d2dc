import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** Every export says what it is; what runs or is thrown also shows how it is used. */

const root = resolve(import.meta.dirname, '../..')
const entries = ['lib/index.ts', 'lib/core.ts', 'lib/testing/index.ts'].map((path) => resolve(root, path))
const program = ts.createProgram(entries, {
  noEmit: true,
  allowImportingTsExtensions: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ESNext,
  types: ['node'],
})
const checker = program.getTypeChecker()

const { Alias, Class, Function: AnyFunction, Variable } = ts.SymbolFlags

const exported = entries.flatMap((entry) =>
  checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!).map((symbol) => ({
    name: symbol.name,
    own: symbol.flags & Alias ? checker.getAliasedSymbol(symbol) : symbol,
  })),
)

test('every export has a docstring', () => {
  expect(exported.length).toBeGreaterThan(200)
  const bare = exported.filter(({ own }) => own.getDocumentationComment(checker).length === 0)
  expect(bare.map(({ name }) => name)).toEqual([])
})

test('every exported function, class and value has an example', () => {
  const bare = exported
    .filter(({ own }) => own.flags & (AnyFunction | Class | Variable))
    .filter(({ own }) => !own.getJsDocTags().some(({ name }) => name === 'example'))
  expect(bare.map(({ name }) => name)).toEqual([])
})
