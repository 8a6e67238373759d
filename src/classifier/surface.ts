/** A text's surface as numbers: what it looks like, whatever it says. */
interface Counts {
  characters: number;
  words: number;
  lines: number;
  digits: number;
  upper: number;
  letters: number;
  foreign: number;
  ideographs: number;
  codeMarks: number;
  mathMarks: number;
  questions: number;
  sentences: number;
  commas: number;
  colons: number;
  quotes: number;
  items: number;
  exclamations: number;
}

type Sign = (counts: Counts, text: string) => number;

const share = (part: number, whole: number) => whole === 0 ? 0 : part / whole;

/** Each sign by its name; the order is the order of the features. */
const SIGNS: Record<string, Sign> = {
  "length in characters": ({ characters }) => Math.log1p(characters),
  "length in words": ({ words }) => Math.log1p(words),
  lines: ({ lines }) => Math.log1p(lines),
  sentences: ({ sentences }) => Math.log1p(sentences),
  "word length": ({ characters, words }) => Math.min(share(characters, words), 20),
  digits: ({ digits, characters }) => Math.sqrt(share(digits, characters)),
  capitals: ({ upper, letters }) => Math.sqrt(share(upper, letters)),
  "starts in lower case": (_, text) => /^\s*\p{Ll}/u.test(text) ? 1 : 0,
  "letters beyond ASCII": ({ foreign, letters }) => share(foreign, letters),
  ideographs: ({ ideographs, letters }) => share(ideographs, letters),
  "code marks": ({ codeMarks, characters }) => Math.sqrt(share(codeMarks, characters)),
  "maths marks": ({ mathMarks, characters }) => Math.sqrt(share(mathMarks, characters)),
  "question marks": ({ questions }) => Math.log1p(questions),
  "ends with a question": (_, text) => /[?？؟]["'”»)\s]{0,5}$/.test(text) ? 1 : 0,
  "exclamation marks": ({ exclamations }) => Math.log1p(exclamations),
  commas: ({ commas, words }) => Math.sqrt(share(commas, words)),
  colons: ({ colons }) => Math.log1p(colons),
  quotes: ({ quotes }) => Math.log1p(quotes),
  "list items": ({ items }) => Math.log1p(items),
  "fenced code": (_, text) => text.includes("```") ? 1 : 0,
  links: (_, text) => /https?:\/\//.test(text) ? 1 : 0,
};

/** The signs' names, in the order of the features. */
export const SIGN_NAMES: readonly string[] = Object.keys(SIGNS);

/** A text's surface signs, unscaled. Linear in its length. */
export function signsOf(text: string): Float32Array<ArrayBuffer> {
  const counts = count(text);
  return Float32Array.from(Object.values(SIGNS), (sign) => sign(counts, text));
}

const CODE_MARKS = new Set("{}()[];=<>_\\|&#");
const MATH_MARKS = new Set("$^+*/=≤≥≠±√∑∫∏∞∈∉∀∃∂→⇒≡≈πθλ");
const QUESTIONS = new Set("?？؟");
const SENTENCE_ENDS = new Set(".!?。！？؟।");
const COMMAS = new Set(",，、،;；");
const QUOTES = new Set("\"“”«»「」„'");

function count(text: string): Counts {
  const counts: Counts = {
    characters: 0,
    words: text.match(/\S+/g)?.length ?? 0,
    lines: text.split("\n").length,
    digits: 0,
    upper: 0,
    letters: 0,
    foreign: 0,
    ideographs: 0,
    codeMarks: 0,
    mathMarks: 0,
    questions: 0,
    sentences: 0,
    commas: 0,
    colons: 0,
    quotes: 0,
    items: text.match(/^[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])[ \t]/gm)?.length ?? 0,
    exclamations: 0,
  };
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    counts.characters++;
    if (code >= 48 && code <= 57) counts.digits++;
    else if (code >= 65 && code <= 90) counts.letters++, counts.upper++;
    else if (code >= 97 && code <= 122) counts.letters++;
    else if (code >= 0x3040 && code <= 0x9fff) counts.letters++, counts.foreign++, counts.ideographs++;
    else if (code >= 0xc0 && code < 0x2000 || code >= 0xac00 && code <= 0xd7a3) counts.letters++, counts.foreign++;
    if (CODE_MARKS.has(character)) counts.codeMarks++;
    if (MATH_MARKS.has(character)) counts.mathMarks++;
    if (QUESTIONS.has(character)) counts.questions++;
    if (SENTENCE_ENDS.has(character)) counts.sentences++;
    if (COMMAS.has(character)) counts.commas++;
    if (character === ":" || character === "：") counts.colons++;
    if (QUOTES.has(character)) counts.quotes++;
    if (character === "!" || character === "！") counts.exclamations++;
  }
  return counts;
}
