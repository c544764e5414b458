// The packages lie in a cache outside the checkout; dev/lint tells Node where (NODE_PATH).
const js = require("@eslint/js");
const globals = require("globals");

const rules = {
    ...js.configs.recommended.rules,
    "array-callback-return": "error",
    "dot-notation": "error",
    eqeqeq: ["error", "always", {null: "ignore"}],
    "no-alert": "error",
    "no-console": "error",
    "no-eval": "error",
    "no-implied-eval": "error",
    "no-unused-vars": ["error", {argsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_"}],
    "no-var": "error",
    "object-shorthand": "error",
    "prefer-const": "error",
};

module.exports = [
    {ignores: [".odoo/**", "static/lib/**"]},
    {
        files: ["static/**/*.js", "dev/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules,
    },
    {
        files: ["static/tests/**/*.js"],
        languageOptions: {globals: {...globals.browser, odoo: "readonly", luxon: "readonly"}},
    },
    {
        files: ["**/*.cjs"],
        languageOptions: {ecmaVersion: 2024, sourceType: "commonjs", globals: globals.node},
        rules,
    },
];
