import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("backend_followup", {
    steps: () => [
        {
            content: "the call is in the list",
            trigger: ".o_data_row:contains('Zoe Caller') .o-mail-ActivityButton:has(.fa-phone)",
            run: "click",
        },
        {
            content: "say what came of it",
            trigger: ".o-mail-ActivityListPopoverItem .fa-check",
            run: "click",
        },
        {
            trigger: ".o-mail-ActivityMarkAsDone textarea",
            run: "edit Will pay tomorrow",
        },
        {
            trigger: ".o-mail-ActivityMarkAsDone button[aria-label='Done']",
            run: "click",
        },
        {
            content: "it is no longer asked for",
            trigger:
                ".o_data_row:contains('Zoe Caller') .o-mail-ActivityButton:not(:has(.fa-phone))",
            run: "click",
        },
        {
            content: "plan another one",
            trigger: ".o-mail-ActivityListPopover button:contains('Schedule an activity')",
            run: "click",
        },
        {
            trigger: ".modal .o_form_view [name='summary'] input",
            run: "edit Ask whether it arrived",
        },
        {
            trigger: ".modal button[name='action_schedule_activities']",
            run: "click",
        },
        {
            content: "open the page",
            trigger: ".o_data_row:contains('Ask whether it arrived') td[name='customer_name']",
            run: "click",
        },
        {
            trigger: ".o_form_view [name='activity_ids']:contains('Ask whether it arrived')",
        },
    ],
});
