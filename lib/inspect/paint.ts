/** How to colour a piece of text by what it is; a command passes one for terminals. */
export type Paint = (text: string, what: 'heading' | 'good' | 'bad' | 'mixed') => string

/** No colours: what is printed elsewhere than on a terminal. */
export const noPaint: Paint = (text) => text
