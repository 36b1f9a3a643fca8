import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server';

const isPrivate = createRouteMatcher(['/private(.*)']);

export default clerkMiddleware(
  async (auth, request) => {
    if (isPrivate(request)) await auth.protect();
  },
  { jwtKey: process.env.CLERK_JWT_KEY },
);

export const config = { matcher: ['/((?!_next).*)'] };
