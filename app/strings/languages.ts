/**
 * Words that readers see stand in the files beside this one, one for each area, in English; no component has any of its
 * own (`tests/unit/strings.test.ts`). What is more than words in a sentence stands in braces (`app/sentence.tsx`), so that
 * each language puts it where it wants.
 *
 * To add a language, write each area anew as `In<typeof frameStrings>` and so on, in `app/strings/<language>/`, and let the
 * area choose among them; a string that is missing, or takes something else, does not compile. Names of months and days
 * are not here: `Intl` knows them (`app/when.ts`). What sources say of themselves comes from `lib/sources/source-health.ts`, and is
 * English only.
 */
export type In<Strings> = Strings extends string
  ? string
  : Strings extends (...given: infer Given) => infer Said
    ? (...given: Given) => In<Said>
    : Strings extends object
      ? { [Key in keyof Strings]: In<Strings[Key]> }
      : Strings
