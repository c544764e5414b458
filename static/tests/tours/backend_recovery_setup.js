import {registry} from "@web/core/registry";

const CONTINUE = "button[name='action_next']:visible";
const CHANNEL = "[name='stage_channels']:visible .o_kanban_record:not(.o_kanban_ghost)";

registry.category("web_tour.tours").add("backend_recovery_setup", {
    steps: () => [
        {
            content: "the campaign is chosen already, and its steps are a line of time",
            trigger: "[name='stage_campaign']:visible .o_recovery_when:contains('After 1 h')",
        },
        {
            trigger: "[name='stage_campaign'] .o_radio_item:contains('The first campaign') input",
            run: "click",
        },
        {
            trigger: CONTINUE,
            run: "click",
        },
        {
            content: "the channel can be used, and tells its conditions",
            trigger: `${CHANNEL}:contains('Ready'):contains('one message a day')`,
        },
        {
            content: "with the mail as it looks on a phone",
            trigger: `${CHANNEL} .o_mail_phone iframe`,
            run() {
                const {width} = this.anchor.getBoundingClientRect();
                if (this.anchor.getAttribute("sandbox") !== "" || width > 390) {
                    throw new Error("the mail is not shown as on a phone");
                }
            },
        },
        {
            trigger: CONTINUE,
            run: "click",
        },
        {
            content: "two carts, two steps each",
            trigger: "button[name='action_show_sent']:contains('4')",
            run: "click",
        },
        {
            content: "the figure opens its rows",
            trigger: ".o_list_view .o_data_row:nth-child(4)",
        },
        {
            trigger: ".breadcrumb-item:contains('Set Up'), .o_back_button",
            run: "click",
        },
        {
            trigger: "button[name='action_activate']:visible",
            run: "click",
        },
        {
            content: "it is active",
            trigger: "[name='stage_done']:visible .alert-success:contains('The first campaign')",
        },
    ],
});

registry.category("web_tour.tours").add("backend_recovery_setup_trouble", {
    steps: () => [
        {
            trigger: CONTINUE,
            run: "click",
        },
        {
            content: "the channel that cannot be used says so",
            trigger: `${CHANNEL}:contains('Cannot be used'):contains('not installed any more')`,
        },
        {
            content: "no campaign that would fail is switched on",
            trigger: CONTINUE,
            run: "click",
        },
        {
            trigger:
                "[name='stage_dry_run']:visible .alert-warning:contains('cannot be switched on')",
        },
        {
            trigger: "body:not(:has(button[name='action_activate']:visible))",
        },
        {
            trigger: "button[name='action_back']:visible",
            run: "click",
        },
        {
            content: "its button leads to where it is set up",
            trigger: `${CHANNEL} button[name='action_target']`,
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name='driver']",
        },
    ],
});
