// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each user holds in rings and pools.
 *
 * Owns: a list of users with rings, under account_lock. It is short: one entry
 * a user who has a ring open at all.
 */
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include "pool.h"

static ulong pool_bytes_per_user = 256UL << 20;
module_param(pool_bytes_per_user, ulong, 0644);
MODULE_PARM_DESC(pool_bytes_per_user,
		 "Bytes that one user may hold in pools and rings, all together (0: no limit)");

/**
 * struct dmaring_account - what one user holds
 * @list: in accounts
 * @uid: the user
 * @bytes: held; the entry goes when it is 0
 */
struct dmaring_account {
	struct list_head list;
	kuid_t uid;
	u64 bytes;
};

static LIST_HEAD(accounts);
static DEFINE_MUTEX(account_lock);

static struct dmaring_account *account_find(kuid_t uid)
{
	struct dmaring_account *account;

	lockdep_assert_held(&account_lock);
	list_for_each_entry(account, &accounts, list) {
		if (uid_eq(account->uid, uid))
			return account;
	}
	return NULL;
}

/**
 * dmaring_account_limit() - what one user may hold
 *
 * Return: bytes; U64_MAX: no limit.
 */
u64 dmaring_account_limit(void)
{
	ulong limit = READ_ONCE(pool_bytes_per_user);

	return limit ? limit : U64_MAX;
}

/**
 * dmaring_account_used() - what a user holds
 * @uid: the user
 *
 * Context: may sleep.
 * Return: bytes.
 */
u64 dmaring_account_used(kuid_t uid)
{
	struct dmaring_account *account;
	u64 bytes;

	mutex_lock(&account_lock);
	account = account_find(uid);
	bytes = account ? account->bytes : 0;
	mutex_unlock(&account_lock);
	return bytes;
}

/**
 * dmaring_account_charge() - let a user pay for a pool or a ring
 * @uid: the user
 * @bytes: of it, not zero
 *
 * Context: may sleep.
 * Return: the account; -EDQUOT beyond the limit; -ENOMEM.
 */
struct dmaring_account *dmaring_account_charge(kuid_t uid, u64 bytes)
{
	struct dmaring_account *account;
	u64 limit = dmaring_account_limit();

	mutex_lock(&account_lock);
	account = account_find(uid);
	if (bytes > limit || (account && account->bytes > limit - bytes)) {
		account = ERR_PTR(-EDQUOT);
		goto out;
	}
	if (!account) {
		account = kzalloc(sizeof(*account), GFP_KERNEL);
		if (!account) {
			account = ERR_PTR(-ENOMEM);
			goto out;
		}
		account->uid = uid;
		list_add(&account->list, &accounts);
	}
	account->bytes += bytes;
out:
	mutex_unlock(&account_lock);
	return account;
}

/**
 * dmaring_account_uncharge() - give back
 * @account: from dmaring_account_charge(); NULL: nothing was charged
 * @bytes: as charged
 *
 * Context: may sleep.
 */
void dmaring_account_uncharge(struct dmaring_account *account, u64 bytes)
{
	if (!account)
		return;
	mutex_lock(&account_lock);
	account->bytes -= bytes;
	if (!account->bytes) {
		list_del(&account->list);
		kfree(account);
	}
	mutex_unlock(&account_lock);
}
