/* SPDX-License-Identifier: Apache-2.0 */
__thread int own = 5;

int next(int by)
{
	own += by;
	return own;
}
