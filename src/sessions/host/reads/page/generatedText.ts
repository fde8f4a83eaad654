/**
 * Which elements have text from a style sheet before or after them. To ask the browser for both of each element takes a
 * quarter of a tree's time, and most have none.
 */

const pseudoElement = /::?(?:before|after)\b/g;
/** What stands in quotes in a selector is an attribute's value. */
const quotedPseudoElement = /"[^"]*:(?:before|after)/;
/** Rules that are read for each element of the document; beyond that, asking each element is as quick. */
const maxRulesPerElement = 2;

/** A property of the document itself: a form of its name would hide it. */
function ownProperty<T>(document: Document, name: "styleSheets" | "adoptedStyleSheets"): T {
  return Object.getOwnPropertyDescriptor(Document.prototype, name)?.get?.call(document) as T;
}

/**
 * @param document one without shadow roots, whose sheets are their own
 * @returns those that have such text, and others; undefined where the sheets do not tell
 */
export function elementsWithGeneratedText(document: Document): Set<Element> | undefined {
  // Quotation marks, which the browser's own sheet has, are no text of a tree.
  const selectors: string[] = [];
  let rulesLeft = maxRulesPerElement * Document.prototype.getElementsByTagName.call(document, "*").length;
  const collect = (rules: CSSRuleList): boolean => {
    for (const rule of rules) {
      if (--rulesLeft < 0) return false;
      if (rule instanceof CSSStyleRule) {
        // Selectors of nested rules are relative to it.
        if (rule.cssRules.length > 0) return false;
        const { selectorText, style } = rule;
        if (selectorText.search(pseudoElement) < 0) continue;
        if (style.getPropertyValue("content") === "" && style.getPropertyValue("all") === "") continue;
        if (quotedPseudoElement.test(selectorText)) return false;
        selectors.push(selectorText.replace(pseudoElement, ":is(*)"));
      } else if (rule instanceof CSSImportRule) {
        if (rule.styleSheet && !collect(rule.styleSheet.cssRules)) return false;
      } else if (rule instanceof CSSMediaRule || rule instanceof CSSSupportsRule || rule instanceof CSSLayerBlockRule) {
        if (!collect(rule.cssRules)) return false;
      } else if ("cssRules" in rule && !(rule instanceof CSSKeyframesRule)) return false;
    }
    return true;
  };
  try {
    for (const sheet of [
      ...ownProperty<StyleSheetList>(document, "styleSheets"),
      ...ownProperty<CSSStyleSheet[]>(document, "adoptedStyleSheets"),
    ])
      if (!collect(sheet.cssRules)) return undefined;
    return new Set(
      selectors.length === 0 ? [] : Document.prototype.querySelectorAll.call(document, selectors.join(",")),
    );
  } catch {
    // A sheet of another site does not say what is in it.
    return undefined;
  }
}
