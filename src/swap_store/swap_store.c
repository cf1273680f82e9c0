/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slot's trials and a store's, as one. An image stays open as long as its extension is loaded:
 * it may be used where it lies.
 */
#include <llext/swap_store.h>
#include "../swap/swap.h"

/* ---- images ---- */

static bool is_in_slot(const struct llext_slot *slot, const struct llext_swap_store_image *image)
{
	for (int i = 0; i < 2; i++) {
		if (slot->halves[i].ext != NULL &&
		    strcmp(slot->halves[i].ext->name, image->name) == 0)
			return true;
	}
	return false;
}

static void close_image(struct llext_swap_store *with, struct llext_swap_store_image *image)
{
	llext_store_close(&image->loader);
	image->name[0] = '\0';
	if (with->trial == image)
		with->trial = NULL;
}

int llext_swap_store_collect(struct llext_swap_store *with)
{
	int rc = llext_swap_collect(with->slot);

	for (int i = 0; i < 2; i++) {
		struct llext_swap_store_image *image = &with->images[i];

		/* Others may use what has left the slot. */
		if (image->name[0] != '\0' && llext_by_name(image->name) == NULL)
			close_image(with, image);
	}
	return rc;
}

/* ---- how a trial ends ---- */

/* Is it still the one that the store has on trial? Another may have been committed meanwhile. */
static const struct llext_store_image *image_on_trial(const struct llext_swap_store *with)
{
	const struct llext_store_image *image;

	if (with->trial == NULL)
		return NULL;
	image = &with->trial->loader.slot->image;
	return image->state == LLEXT_STORE_TRIAL &&
			       llext_store_find(with->store, image->name) == image
		       ? image
		       : NULL;
}

/* There is none before it to go back to. */
static int remove_first(struct llext_swap_store *with, const struct llext_store_image *image)
{
	const struct llext_store_image copy = *image;

	(void)llext_swap_store_collect(with); /* what is used cannot be removed */
	return llext_store_remove(with->store, copy.name, copy.version);
}

static int tell_store(struct llext_swap_store *with, bool good)
{
	const struct llext_store_image *image = image_on_trial(with);
	int rc;

	if (image == NULL)
		return -ESTALE;
	rc = good ? llext_store_confirm(with->store, image->name)
		  : llext_store_rollback(with->store, image->name);
	if (!good && rc == -ENOENT)
		rc = remove_first(with, image);
	if (rc == 0 || !good) /* that it is good can be told once more */
		with->trial = NULL;
	return rc;
}

static void decided(struct llext_slot *slot, bool good, void *user_data)
{
	struct llext_swap_store *with = user_data;
	const struct llext_swap_param *param = with->param;

	with->told = tell_store(with, good);
	if (param->decided != NULL)
		param->decided(slot, good, param->user_data);
}

static int health(struct llext_slot *slot, void *user_data)
{
	const struct llext_swap_param *param = ((struct llext_swap_store *)user_data)->param;

	return param->health != NULL ? param->health(slot, param->user_data) : 0;
}

/* Where the slot has no trial, since nothing was in it before: it is asked and told here. */
static int check_alone(struct llext_swap_store *with)
{
	int rc = llext_slot_fault(with->slot);

	if (rc == 0)
		rc = health(with->slot, with);
	if (rc == -EAGAIN)
		return rc;
	if (rc != 0 && llext_interface_optional(with->slot->type))
		(void)llext_swap_out(with->slot, with->param->timeout);
	decided(with->slot, rc == 0, with);
	return rc != 0 ? -ECANCELED : 0;
}

int llext_swap_store_check(struct llext_swap_store *with)
{
	int rc;

	with->told = 0;
	rc = llext_swap_check(with->slot);
	if (rc == -ENOENT && with->trial != NULL)
		rc = check_alone(with);
	(void)llext_swap_store_collect(with);
	return (rc == 0 || rc == -ECANCELED) && with->told != 0 ? with->told : rc;
}

/* ---- the swap ---- */

static int swap(struct llext_swap_store *with, struct llext_swap_store_image *image,
		const char *name)
{
	struct llext_store_loader *loader = &image->loader;
	bool on_trial = loader->slot->image.state == LLEXT_STORE_TRIAL;
	struct llext_loader *ldr = &loader->loader;
	struct llext_swap_param *own = &with->own;

	*own = *with->param;
	own->health = health;
	own->decided = decided;
	own->user_data = with;
	own->flags &= ~(unsigned int)LLEXT_SWAP_TRIAL;
	if (on_trial && (own->flags & LLEXT_SWAP_IN_PLACE) == 0)
		own->flags |= LLEXT_SWAP_TRIAL;
	memcpy(image->name, name, strlen(name) + 1);
	with->trial = on_trial ? image : NULL;
	if (with->over != NULL)
		ldr = with->over(ldr, with->user_data);
	return llext_swap(with->slot, ldr, name, own);
}

int llext_swap_store(struct llext_swap_store *with, const char *image, const char *name,
		     const struct llext_swap_param *param)
{
	struct llext_swap_store_image *place = NULL, *trial;
	const struct llext_swap_param *before;
	int rc;

	if (with == NULL || with->slot == NULL || with->store == NULL || image == NULL ||
	    name == NULL || name[0] == '\0' || strlen(name) >= sizeof(place->name))
		return -EINVAL;
	(void)llext_swap_store_collect(with);
	for (int i = 0; i < 2; i++) {
		if (with->images[i].name[0] == '\0')
			place = &with->images[i];
		else if (strcmp(with->images[i].name, name) == 0)
			return -EEXIST;
	}
	if (place == NULL || with->slot->state == LLEXT_SLOT_TRIAL)
		return -EBUSY;
	rc = llext_store_open(with->store, image, &place->loader);
	if (rc != 0)
		return rc;
	before = with->param;
	trial = with->trial;
	with->param = param != NULL ? param : &llext_swap_default;
	rc = swap(with, place, name);
	if (rc != 0) { /* the slot is as before, and so is its trial */
		with->param = before;
		with->trial = trial;
		if (!is_in_slot(with->slot, place)) /* not what others have loaded by this name */
			close_image(with, place);
	}
	(void)llext_swap_store_collect(with);
	return rc;
}
