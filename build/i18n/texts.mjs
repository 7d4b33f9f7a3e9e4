/**
 * Finds the sentences of the main process for its catalog: templates tagged `text`, words given to `say`, and the two
 * sentences of each HoldfastError. They need no compiler on their way into the program, only to be found here.
 */
import { generateMessageId } from '@lingui/message-utils/generateMessageId';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../tools.mjs';

/** As `escaped` of main/text.ts. */
const escaped = (words) => words.replace(/[{}]+/g, "'$&'");

/** Words of a literal, also of several that are added; null for anything else. */
function literal(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [literal(node.left), literal(node.right)];
    return left === null || right === null ? null : left + right;
  }
  return ts.isParenthesizedExpression(node) ? literal(node.expression) : null;
}

/** Every literal that an argument can come to. */
function literals(node) {
  if (node === undefined) return [];
  if (ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
    return [...literals(node.left), ...literals(node.right)];
  }
  const words = literal(node);
  return words === null ? [] : [words];
}

/** Functions that make an error of the sentences they are given, or a sentence of several. */
const MAKERS = new Set(
  'bad broken loginMissing make malformed missing notFound phrase refused say sentence unfitKeyFile weak wrong'.split(
    ' ',
  ),
);

/** Classes of errors whose sentences stand in the call that makes one, after these many arguments. */
const ERRORS = new Map([
  ['HoldfastError', 1],
  ['DriveError', 2],
]);

/** Functions that make an error of the name of what it is about, and the constant that holds such a name. */
const NAMERS = new Set(['damaged', 'newerFormat']);
const NAME = 'WHAT';

/** Where sentences stand in tables. */
const FIELDS = new Set(['message', 'guidance']);

const named = (node, name) => ts.isIdentifier(node) && node.text === name;

/** Codes are given to these functions too. */
const isSentence = (words) => /\p{L}\S* /u.test(words) || /^\p{Lu}\S*[.…]?$/u.test(words);

/** The forms of `plural(n, { one: '…', other: '…' })`. */
function forms(call) {
  const [, object] = call.arguments;
  const form = (name) => {
    const property = object?.properties?.find((one) => one.name?.getText() === name);
    const words = property === undefined ? null : literal(property.initializer);
    if (words === null) throw new Error(`the form "${name}" of a plural is not written out: ${call.getText()}`);
    return words;
  };
  return { one: form('one'), other: form('other') };
}

/** A tagged template as a message, with what stands at each of its places. */
function ofTemplate(template) {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return { message: escaped(template.text), placeholders: {} };
  let message = escaped(template.head.text);
  const placeholders = {};
  template.templateSpans.forEach(({ expression, literal: after }, i) => {
    if (ts.isCallExpression(expression) && named(expression.expression, 'plural')) {
      const { one, other } = forms(expression);
      message += `{${i}, plural, one {${one}} other {${other}}}`;
      placeholders[i] = expression.arguments[0].getText();
    } else {
      message += `{${i}}`;
      placeholders[i] = expression.getText();
    }
    message += escaped(after.text);
  });
  return { message, placeholders };
}

/** @type {import('@lingui/conf').ExtractorType} */
export const textExtractor = {
  // By its place in the checkout, whose own path may say `main` as well.
  match: (file) => /^main[\\/].*(?<!\.d)\.ts$/.test(path.relative(root, file)),
  extract(file, code, found) {
    const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
    const tell = (node, message, placeholders = {}) => {
      if (!/\p{L}/u.test(message.replace(/\{\d+\}/g, ''))) return; // only places, nothing to say
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found({ id: generateMessageId(message), message, origin: [file, line + 1], placeholders });
    };
    const visit = (node) => {
      if (ts.isTaggedTemplateExpression(node) && named(node.tag, 'text')) {
        const { message, placeholders } = ofTemplate(node.template);
        tell(node, message, placeholders);
      }
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && MAKERS.has(node.expression.text)) {
        const all = named(node.expression, 'phrase');
        for (const words of node.arguments.flatMap(literals)) if (all || isSentence(words)) tell(node, escaped(words));
      }
      const about =
        ts.isCallExpression(node) && ts.isIdentifier(node.expression) && NAMERS.has(node.expression.text)
          ? node.arguments[0]
          : ts.isVariableDeclaration(node) && named(node.name, NAME)
            ? node.initializer
            : undefined;
      for (const words of literals(about)) if (isSentence(words)) tell(node, escaped(words));
      if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && FIELDS.has(node.name.text)) {
        for (const words of literals(node.initializer)) if (isSentence(words)) tell(node, escaped(words));
      }
      const first = ts.isNewExpression(node) ? ERRORS.get(node.expression.getText()) : undefined;
      if (first !== undefined) {
        for (const words of (node.arguments ?? []).slice(first, first + 2).flatMap(literals))
          tell(node, escaped(words));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  },
};
