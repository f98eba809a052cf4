import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePosts, type Post } from './alert-book.ts';

const post = (at: number, changes: Partial<Post> = {}): Post => ({
  ...{ at, startsAt: 100, endsAt: at + 60, severity: 'warning' },
  ...changes,
});

test('an alert that goes on as before is neither lost nor flapping', () => {
  assert.deepEqual(judgePosts([post(110), post(120), post(200)], { since: 190 }), []);
});

test('an alert that begins anew, is said to be over, or stays away is told of', () => {
  const judge = (...posts: Post[]) => judgePosts(posts, { since: 190 }).join();
  assert.match(judge(post(110), post(200, { startsAt: 150 })), /began 2 times/);
  assert.match(judge(post(110, { endsAt: 105 }), post(200)), /said to be over 1 times/);
  assert.match(judge(post(110)), /not sent again/);
  assert.match(judge(), /not sent again/);
});
