import {registry} from "@web/core/registry";

const STEPS = ".o_field_widget[name='step_ids']";
const CARD = `${STEPS} .o_kanban_record:not(.o_kanban_ghost)`;

function assert(condition, complaint) {
    if (!condition) {
        throw new Error(complaint);
    }
}

registry.category("web_tour.tours").add("backend_recovery_campaign", {
    steps: () => [
        {
            content: "the steps are a line of time; their pictures are drawn when they are seen",
            trigger: `${CARD}:contains('After 1 h') .o_mail_picture`,
            run() {
                this.anchor.scrollIntoView();
            },
        },
        {
            content: "the steps are a sequence of cards, each with a picture of its mail",
            trigger: `${CARD}:contains('After 1 h') .o_mail_picture iframe`,
            run() {
                const sandbox = this.anchor.getAttribute("sandbox");
                assert(sandbox === "", "nothing is allowed in the picture");
                assert(this.anchor.srcdoc.includes("/shop/cart"), "the mail is shown");
            },
        },
        {
            content: "each card says what came of it",
            trigger: `${CARD}:contains('After 1 h') button[name='action_open_sent_messages']`,
        },
        {
            content: "send me a test",
            trigger: `${CARD}:contains('After 1 h') button[name='action_send_test']`,
            run: "click",
        },
        {
            trigger: ".o_notification:contains('admin@example.com')",
        },
        {
            content: "change the delay",
            trigger: `${CARD}:contains('After 1 h') .o_mail_picture`,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='delay_hours'] input",
            run: "edit 90:00 && press Tab",
        },
        {
            content: "the number of carts follows before it is saved",
            trigger:
                ".modal .o_field_widget[name='reach_note']:contains('would have been written')",
        },
        {
            trigger: ".modal .o_field_widget[name='delay_hours'] input",
            run: "edit 01:30 && press Tab",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) ${CARD}:contains('After 1 h 30 min')`,
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_dirty))",
        },
    ],
});
