/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUDIO_H_
#define AUDIO_H_

/* Stream audio, and swap the algorithm while it runs. 0; 1 where something was not as it should. */
int audio_chapter(void);

/* Load an extension from a file of the demo's folder and bring it up. */
struct llext *demo_load_file(const char *name);

#endif /* AUDIO_H_ */
