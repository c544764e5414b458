import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {KanbanController} from "@web/views/kanban/kanban_controller";

/** What follows when unfinished orders are deleted, said before. */
export function wordsAboutDeleting() {
    return {
        title: _t("Delete with the cart?"),
        body: _t(
            "The carts that are still open are deleted as well: their customers cannot come back to them. Reminders that wait are not sent. The figures stay."
        ),
    };
}

export class UnfinishedOrderFormController extends FormController {
    get deleteConfirmationDialogProps() {
        return {...super.deleteConfirmationDialogProps, ...wordsAboutDeleting()};
    }
}

export class UnfinishedOrderKanbanController extends KanbanController {
    get deleteConfirmationDialogProps() {
        return {...super.deleteConfirmationDialogProps, ...wordsAboutDeleting()};
    }
}

registry.category("views").add("unfinished_order_form", {
    ...formView,
    Controller: UnfinishedOrderFormController,
});
