import {registry} from "@web/core/registry";

function rows(count) {
    return {
        content: `${count} rows open`,
        trigger: `.o_list_view:has(.o_data_row:nth-child(${count})):not(:has(.o_data_row:nth-child(${count + 1})))`,
    };
}

const BACK = {content: "back to the figures", trigger: ".o_back_button", run: "click"};

registry.category("web_tour.tours").add("backend_recovery_overview", {
    steps: () => [
        {
            content: "a week is as good as a month",
            trigger: ".o_recovery_overview button[name=days_7]",
            run: "click",
        },
        {
            content: "the figure says 3",
            trigger:
                ".o_recovery_overview:has(button[name=days_7][aria-pressed=true]) button[name=sent]:contains('3')",
            run: "click",
        },
        rows(3),
        BACK,
        {
            content: "what was chosen is still chosen",
            trigger: ".o_recovery_overview button[name=days_7][aria-pressed=true]",
        },
        {
            content: "the failed ones of a channel",
            trigger: ".o_recovery_overview_channels button[aria-label^='Failed, Channel 0']",
            run: "click",
        },
        rows(2),
        BACK,
        {
            content: "the chart as a table",
            trigger: ".o_recovery_overview details:first-of-type summary",
            run: "click",
        },
        {
            content: "a figure of the table",
            trigger: ".o_recovery_overview details[open] button:contains('3')",
            run: "click",
        },
        rows(3),
        BACK,
        {
            content: "a day without anything says what to do",
            trigger: ".o_recovery_overview input[name=last]",
            // Keys go to one part of a date after the other.
            run({anchor}) {
                anchor.value = "2020-01-01";
                anchor.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            content: "with a way to the carts",
            trigger: ".o_recovery_overview button[name=help]",
            run: "click",
        },
        {
            content: "which were left",
            trigger: ".o_breadcrumb:contains('Unfinished Orders')",
        },
    ],
});
